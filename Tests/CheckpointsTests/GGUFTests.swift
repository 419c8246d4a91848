import Checkpoints
import Foundation
import Tensors
import Testing

@Suite("GGUF files")
struct GGUFTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "References")
    static var bytes: [UInt8] { get throws { try Array(Data(contentsOf: folder.appending(path: "small.gguf"))) } }

    private let temporary: TemporaryFolder
    init() throws { temporary = try TemporaryFolder() }

    private func open(_ bytes: [UInt8]) throws -> any TensorSource { try CheckpointFile.open(temporary.write(bytes, to: "m.gguf")) }

    @Test("tensors of every type are what ggml's package makes of them")
    func values() throws {
        let file = try CheckpointFile.open(Self.folder.appending(path: "small.gguf").path)
        let expected = try SafetensorsFile(path: Self.folder.appending(path: "small-gguf.safetensors").path)
        #expect(Set(file.directory.keys) == Set(expected.directory.keys) && file.directory.count == 12)
        for (name, info) in expected.directory {
            #expect(file.directory[name]?.shape == info.shape, "\(name)")
            let found = try file.tensor(named: name).float32(), wanted = try expected.tensor(named: name)
            #expect(found.shape == wanted.shape, "\(name)")
            for (a, b) in zip(found.floats, wanted.floats) { #expect(abs(a - b) <= 2e-7 * max(abs(b), 1), "\(name)") }
        }
        #expect(file.directory["Q4_K"]?.dtype == .float32 && file.directory["half"]?.dtype == .float16)
    }

    @Test("a file cut short anywhere is refused", arguments: [4, 5, 8, 20, 24, 60, 200, 700, 900])
    func cut(length: Int) throws {
        let bytes = try Self.bytes
        #expect(throws: CheckpointError.self) { try open(Array(bytes.prefix(length))) }
        #expect(throws: CheckpointError.self) { try open(Array(bytes.dropLast(64))) }
    }

    /// A header with one tensor, and data.
    private func file(
        version: UInt32 = 3, tensors: UInt64 = 1, pairs: UInt64 = 0, metadata: [UInt8] = [], name: String = "a", sizes: [UInt64] = [4],
        type: UInt32 = 0, offset: UInt64 = 0, again: Bool = false, data: Int = 64
    ) -> [UInt8] {
        func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
        var info = bytes(UInt64(name.utf8.count)) + Array(name.utf8) + bytes(UInt32(sizes.count))
        for size in sizes { info += bytes(size) }
        info += bytes(type) + bytes(offset)
        var all: [UInt8] = Array("GGUF".utf8) + bytes(version) + bytes(tensors) + bytes(pairs)
        all += metadata + info + (again ? info : [])
        all += [UInt8](repeating: 0, count: (32 - all.count % 32) % 32)
        return all + [UInt8](repeating: 1, count: data)
    }

    @Test("the smallest file is read")
    func smallest() throws {
        #expect(try open(file()).tensor(named: "a").shape == [4])
        #expect(try open(file(sizes: [3, 2])).tensor(named: "a").shape == [2, 3])
        #expect(try open(file(sizes: [])).tensor(named: "a").shape == [])
    }

    @Test("hostile headers are refused, each for its reason")
    func hostile() throws {
        func code(_ bytes: [UInt8]) -> CheckpointError.Code? {
            do {
                _ = try open(bytes)
                return nil
            } catch {
                return (error as? CheckpointError)?.code
            }
        }
        #expect(code(file(version: 1)) == .unsupported)
        #expect(code(file(version: 3 << 24)) == .unsupported)
        #expect(code(file(tensors: 1 << 40)) == .truncated)
        #expect(code(file(pairs: .max)) == .truncated)
        #expect(code(file(type: 10)) == .unknownType)
        #expect(code(file(type: 77)) == .unknownType)
        #expect(code(file(sizes: [1 << 62, 8])) == .badShape)
        #expect(code(file(sizes: [.max])) == .badShape)
        #expect(code(file(sizes: [33], type: 2)) == .badShape)
        #expect(code(file(sizes: Array(repeating: 1, count: 9))) == .badShape)
        #expect(code(file(sizes: [17])) == .truncated)
        #expect(code(file(offset: 32 << 50)) == .truncated)
        #expect(code(file(offset: 4)) == .truncated)
        #expect(code(file(tensors: 2, again: true)) == .duplicateName)
        // Arrays in arrays, deeper and deeper: key "k", then types 9 9 9 …
        let array: [UInt8] = [9, 0, 0, 0] + [1, 0, 0, 0, 0, 0, 0, 0]
        let key: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0, 107, 9, 0, 0, 0]
        #expect(code(file(pairs: 1, metadata: key + Array(repeating: array, count: 9).flatMap { $0 })) == .headerMalformed)
        // A text array that claims more than there is.
        #expect(code(file(pairs: 1, metadata: key + [8, 0, 0, 0] + [255, 255, 255, 255, 255, 0, 0, 0])) == .truncated)
    }

    @Test("tensors that share bytes are refused")
    func overlap() throws {
        var bytes = file(tensors: 2, again: true)
        // The second name differs.
        let second = try #require(bytes.lastIndex(of: UInt8(ascii: "a")))
        bytes[second] = UInt8(ascii: "b")
        let error = #expect(throws: CheckpointError.self) { try open(bytes) }
        #expect(error?.code == .rangesOverlap)
    }
}
