internal import Digests

/// Reads single files of a cache, as the cache does, where there is none: for whoever damages them on purpose (`Fuzz/`).
package enum CacheFileReading {
    /// A content, or the state of a computation that was interrupted.
    package static func value(_ bytes: [UInt8]) throws -> (type: String, value: StoredValue) {
        let file = try ContentFile(bytes, verifying: false)
        return (file.type, file.value)
    }

    /// A shelf of records or a history. What is damaged in it gets the checksum that it needs to be looked at all the same.
    ///
    /// - Returns: how many records or histories could be read.
    package static func records(_ bytes: [UInt8]) -> Int {
        var count = (try? RunHistory(encoded: resealed(bytes))) == nil ? 0 : 1
        for frame in RecordFrame.scan(bytes).frames where (try? ResultRecord(encoded: resealed(Array(bytes[frame.range])))) != nil {
            count += 1
        }
        return count
    }

    private static func resealed(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 32 else { return bytes }
        return bytes.dropLast(32) + Digest.of(bytes.dropLast(32)).bytes
    }
}
