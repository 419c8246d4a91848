import Foundation
import Tensors
import Testing

@testable import Pictures

/// Files of `Samples`, and values computed by ComfyUI 0.3.64 from them (`expected.safetensors`; bytes stand for n / 255).
struct ExpectedValues {
    static let shared = ExpectedValues()

    static func path(_ name: String) -> String {
        Bundle.module.resourceURL!.appendingPathComponent("Samples/\(name)").path
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    private let content: Data
    private let entries: [String: Entry]
    private let start: Int

    private struct Entry: Decodable {
        var dtype: String
        var shape: [Int]
        var data_offsets: [Int]
    }

    private init() {
        content = try! Data(contentsOf: URL(fileURLWithPath: Self.path("expected.safetensors")))
        let length = content.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        start = 8 + length
        entries = try! JSONDecoder().decode([String: Entry].self, from: content[8..<start])
    }

    func tensor(_ key: String) throws -> Tensor {
        let entry = try #require(entries[key], "no \(key) in expected.safetensors")
        let bytes = [UInt8](content[(start + entry.data_offsets[0])..<(start + entry.data_offsets[1])])
        let raw = Tensor(bytes: bytes, shape: entry.shape, dtype: entry.dtype == "U8" ? .uint8 : .float32).float32()
        return entry.dtype == "U8" ? raw / 255 : raw
    }
}

/// Largest absolute difference; infinite when the shapes differ.
func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
    a.shape == b.shape ? (a - b).maximumMagnitude : .infinity
}
