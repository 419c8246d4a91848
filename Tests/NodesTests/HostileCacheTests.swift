import Problems
import Diffusion
import Formats
import Foundation
import Pictures
import Tensors
import Testing

@testable import Nodes
@testable import WorkflowEngine

/// Cache contents and states of interrupted samplings as somebody else may have put them there.
@Suite("Hostile cache files") struct HostileCacheTests {
    static func file(_ header: String, data: [UInt8] = []) -> [UInt8] {
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8) + data
    }

    static func image(_ shape: String, offsets: String, data: Int) -> [UInt8] {
        file(
            """
            {"__metadata__": {"darkroom": "1", "type": "IMAGE", "node": "N", "seconds": "1"}, \
            "pixels": {"dtype": "F32", "shape": \(shape), "data_offsets": \(offsets)}}
            """, data: [UInt8](repeating: 0, count: data))
    }

    /// Reads a file as the cache does, up to the value.
    static func isRefused(_ bytes: [UInt8]) -> Bool {
        do {
            let file = try ContentFile(bytes, verifying: false)
            let services = NodeServices(models: ModelFolders(roots: []), input: "/none", output: "/none", temporary: "/none")
            _ = try ValueCodecs(files: services).codec(for: file.type)?.decode(file.value)
            return false
        } catch { return true }
    }

    @Test(
        "sizes that can't be are refused",
        arguments: [
            "[4611686018427387904]", "[4611686018427387904, 1, 1, 1]", "[0, 4611686018427387904, 4, 3]", "[-1, 1, 1, 1]",
            "[9223372036854775807, 9223372036854775807, 2, 2]", "[3037000500, 3037000500, 1, 1]", "[1, 1, 1, 1e3]", "[[1]]", "{}",
            "[99999999999999999999, 1, 1, 1]", "[65536, 65536, 65536, 65536]", "[]",
        ])
    func shapes(shape: String) {
        for (offsets, data) in [("[0, 0]", 0), ("[0, 4]", 4), ("[0, 9223372036854775807]", 4), ("[-4, 0]", 4), ("[4, 0]", 4)] {
            #expect(Self.isRefused(Self.image(shape, offsets: offsets, data: data)), "\(shape) \(offsets)")
        }
    }

    @Test("a header longer than the file is refused", arguments: [UInt64.max, 1 << 63, 1 << 62, 1000, 8])
    func headers(length: UInt64) {
        #expect(Self.isRefused(withUnsafeBytes(of: length.littleEndian) { Array($0) } + [1, 2, 3]))
    }

    @Test("a file cut anywhere is refused, as a value and as a state")
    func truncation() throws {
        let whole = Self.image("[1, 2, 2, 3]", offsets: "[0, 48]", data: 48)
        #expect(!Self.isRefused(whole))
        for count in 0..<whole.count { #expect(Self.isRefused(Array(whole.prefix(count))), "\(count)") }
    }

    @Test("a state of a sampling with sizes that can't be is an error, never a trap")
    func tapes() {
        func tape(_ shape: [Int], dtype: SafetensorsType = .float32, bytes: Int = 0) -> StoredValue {
            StoredValue(
                fields: ["kind": "sampling with memory", "calls": "1"],
                tensors: [
                    StoredTensor(name: "0.denoised", dtype: dtype, shape: shape, byteCount: bytes) { body in
                        try [UInt8](repeating: 0, count: bytes).withUnsafeBytes { try body($0) }
                    }
                ])
        }
        for shape in [[1 << 62], [-1], [.max, .max], [1 << 32, 1 << 32], [0, .max, .max]] {
            #expect(throws: CodecError.self) { try SamplingTape(stored: tape(shape)) }
        }
        #expect(throws: CodecError.self) { try SamplingTape(stored: tape([1], dtype: .int64, bytes: 8)) }
        #expect(throws: CodecError.self) { try SamplingTape(stored: StoredValue(fields: ["kind": "sampling with memory", "calls": "9"])) }
        #expect(throws: Never.self) { try SamplingTape(stored: tape([1], bytes: 4)) }
    }

    @Test("files that an earlier version wrote are read, with the same values", arguments: ["image", "latent", "conditioning"])
    func earlierFiles(name: String) throws {
        let samples = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fuzz/Samples")
        let bytes = Array(try Data(contentsOf: samples.appending(path: "contents/\(name).safetensors")))
        let file = try ContentFile(bytes, verifying: true)
        let services = NodeServices(models: ModelFolders(roots: []), input: "/none", output: "/none", temporary: "/none")
        let value = try #require(try services.value(file.value, type: file.type))
        #expect(try value.contentDigest == file.digest)
        let state = Array(try Data(contentsOf: samples.appending(path: "resume/sampling.safetensors")))
        #expect(throws: Never.self) { try SamplingTape(stored: ContentFile(state, verifying: true).value) }
    }
}
