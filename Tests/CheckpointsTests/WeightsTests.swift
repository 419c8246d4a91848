import Cancellations
@testable import Checkpoints
import Digests
import Files
import Foundation
import GoldenSupport
import Synchronization
import Tensors
import Testing

@Suite("Weights") struct WeightsTests {
    let file: SafetensorsFile
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let path = folder.path("w.safetensors")
        try SafetensorsWriter.write(
            [
                ("net.blocks.0.weight", Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])), ("net.blocks.0.bias", Tensor([1, 2])),
                ("net.blocks.1.weight", Tensor([1, 2], shape: [2, 1, 1, 1])), ("net.blocks.10.weight", Tensor([1])),
                ("net.blocksy", Tensor([1])), ("net.zero", Tensor(bytes: [0, 0x3C], shape: [1], dtype: .float16)),
            ], to: path)
        file = try SafetensorsFile(path: path)
    }

    @Test("a module sees the names below it and no others")
    func names() {
        let net = Weights(file, prefix: "net")
        #expect(net["blocks"].names == ["0.bias", "0.weight", "1.weight", "10.weight"])
        #expect(net["blocks"].numberedCount == 2)
        #expect(net["blocks"][2].isEmpty)
        #expect(net["blocks"][0].has("bias") && !net["blocks"][1].has("bias"))
        #expect(Weights(file).names.count == 6)
        #expect(Weights(file, prefix: "nothing").isEmpty)
    }

    @Test("shapes are checked and free sizes are free")
    func shapes() throws {
        let block = Weights(file, prefix: "net.blocks.0")
        #expect(try block.tensor("weight", shape: [nil, 3]).floats == [1, 2, 3, 4, 5, 6])
        #expect(try block.floatsIfPresent("missing", shape: [1]) == nil)
        let error = #expect(throws: CheckpointError.self) { try block.tensor("weight", shape: [nil, 4]) }
        #expect(error?.tensor == "net.blocks.0.weight")
        #expect(error?.reason == "its shape is [2, 3], expected was [any, 4]")
        #expect(throws: CheckpointError.self) { try block.tensor("weight", shape: [2]) }
    }

    @Test("a 1×1 convolution and a matrix stand in for one another")
    func trailingOnes() throws {
        let blocks = Weights(file, prefix: "net.blocks")
        #expect(try blocks[1].tensor("weight", shape: [2, 1]).shape == [2, 1])
        #expect(try blocks[0].tensor("weight", shape: [2, 3, 1, 1]).shape == [2, 3, 1, 1])
    }

    @Test("a missing tensor is named, with those beside it")
    func missing() {
        let error = #expect(throws: CheckpointError.self) { try Weights(file).tensor("net.blocks.0.scale", shape: [1]) }
        #expect(error?.code == .missingTensor)
        #expect(error?.hint == "beside it there are net.blocks.0.bias, net.blocks.0.weight")
    }

    @Test("half precision becomes float32 exactly")
    func conversion() throws {
        #expect(try Weights(file).floats("net.zero", shape: [1]).floats == [1])
    }

    @Test("digests tell tensors apart and follow the content, not the path")
    func digests() throws {
        let net = Weights(file, prefix: "net")
        #expect(try net.digest(of: "blocks.0.weight") != net.digest(of: "blocks.0.bias"))
        #expect(try net["blocks"][0].digest() != net["blocks"][1].digest())
        let copy = folder.path("copy.safetensors")
        try FileManager.default.copyItem(atPath: file.path, toPath: copy)
        #expect(try Weights(SafetensorsFile(path: copy), prefix: "net").digest() == net.digest())
        #expect(try Weights(DerivedSource(file, below: "net.")).digest(of: "zero") == net.digest(of: "zero"))
    }

    @Test("a renamed source gives parts, turned matrices and other shapes")
    func derived() throws {
        let source = DerivedSource(
            file, label: "test",
            origins: [
                "second": .rows("net.blocks.0.weight", part: 1, of: 2), "turned": .transposed("net.blocks.0.weight"),
                "flat": .reshaped("net.blocks.0.weight", [6]), "gone": .same("nothing"),
                "thirds": .rows("net.blocks.0.bias", part: 0, of: 3),
            ])
        #expect(source.directory.keys.sorted() == ["flat", "second", "turned"])
        #expect(try source.tensor(named: "second").floats == [4, 5, 6])
        #expect(try source.tensor(named: "turned").floats == [1, 4, 2, 5, 3, 6])
        #expect(try Set(["second", "turned", "flat"].map { try source.digest(of: $0) }).count == 3)
    }
}

@Suite("Digests of files") struct FileDigestsTests {
    @Test("a settled file is hashed once, a fresh one every time, a changed one again")
    func memo() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([1, 2, 3], to: "f")
        let clock = Mutex<Int64>(0)
        let written = try #require(FileIdentity(path: path)).modified
        clock.withLock { $0 = written + 1_000_000_000 }
        let digests = FileDigests(memoFolder: folder.path("memo"), memoThreshold: 1, now: { clock.withLock { $0 } })
        #expect(try digests.digest(ofFileAt: path) == Digest.of([1, 2, 3]))
        #expect(try digests.digest(ofFileAt: path) == Digest.of([1, 2, 3]))
        #expect(digests.filesHashed == 2)
        clock.withLock { $0 = written + 2_100_000_000 }
        for _ in 0..<3 { #expect(try digests.digest(ofFileAt: path) == Digest.of([1, 2, 3])) }
        #expect(digests.filesHashed == 3)
        let later = FileDigests(memoFolder: folder.path("memo"), memoThreshold: 1, now: { clock.withLock { $0 } })
        #expect(try later.digest(ofFileAt: path) == Digest.of([1, 2, 3]))
        #expect(later.filesHashed == 0)
        try folder.write([1, 2, 4], to: "f")
        #expect(try later.digest(ofFileAt: path) == Digest.of([1, 2, 4]))
    }

    @Test("hashing asks before each megabyte whether it should stop, and keeps no half digest")
    func stopping() throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<(5 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let path = try folder.write(bytes, to: "f")
        let digests = FileDigests(memoFolder: nil)
        for place in 0..<5 {
            #expect(throws: CancellationError.self) {
                try Cancellation(afterChecks: place).whileCurrent { try digests.digest(ofFileAt: path) }
            }
        }
        #expect(try digests.digest(ofFileAt: path) == Digest.of(bytes))
    }
}
