internal import Checkpoints
internal import Digests
internal import Files

/// Model files by what other programs know them by: the first digits of a hash, or the name that was given when they were trained.
public protocol ModelIdentities: Sendable {
    /// The file whose hash begins so.
    ///
    /// - Throws: `ModelHashes.TooMuch` when there is more to read than anybody would wait for.
    func file(ofHash hash: String, in folder: String) throws -> String?
    /// The LoRA that was called so when it was trained (`ss_output_name`).
    func file(titled name: String, in folder: String) -> String?
}

/// Reads files to find one by its hash. Three are in use: the SHA-256 of the file (10 digits: AutoV2), that of a safetensors file
/// without its header (12 digits: AutoV3, what Automatic1111 writes for LoRAs), and that of 64 KiB at the first MiB (8 digits).
struct ModelHashes {
    let services: NodeServices

    /// Bytes that aren't read for it.
    struct TooMuch: Error {
        var files: Int
        var bytes: Int
    }

    static let limit = 32 << 30

    func file(ofHash hash: String, in folder: String) throws -> String? {
        let wanted = hash.lowercased()
        guard wanted.count >= 8, wanted.allSatisfy(\.isHexDigit) else { return nil }
        let candidates = services.names(in: folder).compactMap { name -> (name: String, path: String, size: Int)? in
            guard let path = try? services.path(of: name, kind: folder), let file = FileIdentity(path: path), file.kind == .regular else {
                return nil
            }
            return (name, path, file.size)
        }
        if wanted.count == 8 {
            if let found = candidates.first(where: { Self.shortHash($0.path) == wanted }) { return found.name }
            return nil
        }
        if let found = candidates.first(where: { Self.declaredHash($0.path)?.hasPrefix(wanted) == true }) { return found.name }
        let bytes = candidates.reduce(0) { $0 + $1.size }
        guard bytes <= Self.limit else { throw TooMuch(files: candidates.count, bytes: bytes) }
        for candidate in candidates {
            if try FileDigests.shared.digest(ofFileAt: candidate.path).description.hasPrefix(wanted) { return candidate.name }
            if try Self.tensorHash(candidate.path)?.hasPrefix(wanted) == true { return candidate.name }
        }
        return nil
    }

    func file(titled title: String, in folder: String) -> String? {
        let wanted = title.lowercased()
        return services.names(in: folder).first { name in
            guard name.hasSuffix(".safetensors"), let path = try? services.path(of: name, kind: folder) else { return false }
            return (try? SafetensorsFile(path: path))?.metadata["ss_output_name"]?.lowercased() == wanted
        }
    }

    /// What the trainer wrote into the header.
    private static func declaredHash(_ path: String) -> String? {
        path.hasSuffix(".safetensors") ? (try? SafetensorsFile(path: path))?.metadata["sshs_model_hash"]?.lowercased() : nil
    }

    private static func shortHash(_ path: String) -> String? {
        guard let file = try? ReadableFile(path), let bytes = try? file.bytes(at: 0x100000, count: 0x10000) else { return nil }
        return String(Digest.of(bytes).description.prefix(8))
    }

    private static func tensorHash(_ path: String) throws -> String? {
        guard path.hasSuffix(".safetensors"), let file = try? ReadableFile(path) else { return nil }
        let length = try file.bytes(at: 0, count: 8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        guard length < UInt64(file.identity.size) else { return nil }
        var skipped = Int(length) + 8
        var builder = DigestBuilder()
        try file.forEachPiece { piece in
            let start = min(skipped, piece.count)
            skipped -= start
            builder.update(UnsafeRawBufferPointer(rebasing: piece[start...]))
        }
        return builder.finish().description
    }
}

extension NodeServices: ModelIdentities {
    public func file(ofHash hash: String, in folder: String) throws -> String? {
        try ModelHashes(services: self).file(ofHash: hash, in: folder)
    }
    public func file(titled name: String, in folder: String) -> String? { ModelHashes(services: self).file(titled: name, in: folder) }
}
