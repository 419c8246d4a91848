import Checkpoints
import Foundation
import Testing

/// A folder inside the project's build folder that disappears with its last reference.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: ".build/test-files/\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }

    @discardableResult
    func write(_ bytes: [UInt8], to name: String) throws -> String {
        let path = path(name)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }
}

/// A safetensors file with that header text, spaces and all, and data.
func safetensors(_ json: String, data: [UInt8] = []) -> [UInt8] {
    withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian) { Array($0) } + Array(json.utf8) + data
}

/// A faulty file and what has to be said about it.
struct Refusal: Sendable, CustomTestStringConvertible {
    var what: String
    var bytes: [UInt8]
    var code: CheckpointError.Code

    init(_ what: String, _ bytes: [UInt8], _ code: CheckpointError.Code) {
        self.what = what
        self.bytes = bytes
        self.code = code
    }

    var testDescription: String { what }
}
