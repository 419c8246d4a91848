import Digests
import Formats
import Foundation
import Synchronization
import Testing

@testable import WorkflowEngine
@testable import Workflows

/// A folder that is gone with the test.
final class TemporaryFolder: Sendable {
    let path: String
    init() {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("cache-\(UUID().uuidString)").path
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func files(_ suffix: String) -> [String] {
        let all = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.hasSuffix(suffix) }.sorted().map { "\(path)/\($0)" }
    }
}

/// An engine as a new process would make it: same world, same folder, nothing in memory.
private func newProcess(_ engine: ToyEngine, _ folder: TemporaryFolder, limit: Int = 10 << 30) -> ToyEngine {
    ToyEngine(sharing: engine, cache: ResultCache(disk: DiskCache(folder: folder.path, limit: limit)))
}

@Suite("Results that survive the process") struct DiskCacheTests {
    let folder = TemporaryFolder()
    static let text = """
        nodes:
          blob: {type: Blob, seed: 5, size: 100}
          mixed: {type: MixBlobs, a: blob, b: blob, amount: 0.3}
          size: {type: Measure, blob: mixed}
          shown: {type: Show, value: size}
        """

    @Test("a new process runs nothing of an unchanged workflow")
    func unchanged() async throws {
        let first = newProcess(ToyEngine(), folder)
        #expect(try await first.run(Self.text).ran.count == 4)
        let second = try await newProcess(first, folder).run(Self.text)
        #expect(second.ran == [])
        #expect(second.report.texts.count == 1)
        #expect(second.report.warnings == [])
    }

    @Test("a changed late node takes its input from the disk")
    func lateChange() async throws {
        let first = newProcess(ToyEngine(), folder)
        let value = try await first.run(Self.text, targets: ["mixed"]).value("mixed") as? Blob
        let second = try await newProcess(first, folder).run(Self.text, set: ["mixed.amount": "0.4"])
        #expect(second.ran == ["mixed", "size", "shown"])
        #expect(second.reason("mixed") == .inputChanged(name: "amount", old: "0.3", new: "0.4"))
        #expect(second.report.nodes.first { $0.label.name == "blob" }?.place == .disk)
        let third = try await newProcess(first, folder).run(Self.text, targets: ["mixed"])
        #expect(third.ran == [])
        #expect(third.value("mixed") as? Blob == value)
    }

    @Test("when a later result is known, no recipe is opened; when it is needed, only then")
    func lazyRecipes() async throws {
        let first = newProcess(ToyEngine(), folder)
        try first.world.write("soup", to: "m.bin")
        try first.world.write("soup", to: "n.bin")
        let text = """
            nodes:
              recipe: {type: LoadRecipe, file: m.bin}
              meal: {type: Cook, recipe: recipe, seed: 1}
              size: {type: Measure, blob: meal}
              shown: {type: Show, value: size}
            """
        _ = try await first.run(text)
        #expect(try await newProcess(first, folder).run(text).ran == [])
        #expect(try await newProcess(first, folder).run(text, set: ["recipe.file": "n.bin"]).ran == [], "a moved identical file is a hit")
        let longer = text + "\n  again: {type: MixBlobs, a: meal}\n  end: {type: Show, value: again}"
        #expect(try await newProcess(first, folder).run(longer).ran == ["again", "end"])
        let seeded = try await newProcess(first, folder).run(text, set: ["meal.seed": "2"])
        #expect(seeded.ran == ["recipe", "meal", "size", "shown"])
        #expect(seeded.reason("recipe") == .neededAgain(by: "meal"))
        try first.world.write("stew", to: "m.bin")
        let replaced = try await newProcess(first, folder).run(text)
        #expect(replaced.ran.contains("recipe"))
        #expect(replaced.reason("meal") == .inputChanged(name: "seed", old: "2", new: "1"))
    }

    @Test("recipes are never written")
    func nothingOfRecipes() async throws {
        let engine = newProcess(ToyEngine(), folder)
        try engine.world.write("soup", to: "m.bin")
        _ = try await engine.run("nodes:\n  r: {type: LoadRecipe, file: m.bin}\n  s: {type: Show, value: r.NOTE}")
        #expect(folder.files(".safetensors") == [])
        #expect(folder.files(".records").count == 2)
    }

    @Test("a damaged entry is dropped, told, and made again: every byte, every length")
    func damage() async throws {
        let first = newProcess(ToyEngine(), folder)
        let small = Self.text.replacing("size: 100", with: "size: 3")
        let value = try await first.run(small, targets: ["mixed"]).value("mixed") as? Blob
        let codec = BlobCodec()
        let stub = try ContentStub(of: try #require(value))
        let path = DiskCache(folder: folder.path).folder.file(.contents, "\(stub.digest)")
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(DiskCache(folder: folder.path).content(stub, codec: codec) as? Blob == value)
        for length in 0..<whole.count {
            try whole.prefix(length).write(to: URL(fileURLWithPath: path))
            let disk = DiskCache(folder: folder.path)
            #expect(disk.content(stub, codec: codec) == nil, "length \(length)")
            #expect(disk.takeNotes().count == 1)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= 0x20
            try bytes.write(to: URL(fileURLWithPath: path))
            let found = DiskCache(folder: folder.path).content(stub, codec: codec) as? Blob
            #expect(found == nil || found == value, "byte \(index)")
        }
        try Data("something else".utf8).write(to: URL(fileURLWithPath: path))
        let again = newProcess(first, folder)
        let outcome = try await again.run(small.replacing("blob: mixed", with: "blob: more") + "\n  more: {type: MixBlobs, a: mixed}")
        #expect(outcome.ran.contains("mixed"))
        #expect(outcome.report.warnings.count == 1)
        #expect(outcome.report.warnings.first?.hasPrefix("a damaged entry was dropped and is made again: \(path)") == true)
    }

    @Test("a damaged record is dropped and its node runs again")
    func damagedRecords() async throws {
        let first = newProcess(ToyEngine(), folder)
        _ = try await first.run(Self.text)
        for path in folder.files(".records") {
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
        }
        let second = try await newProcess(first, folder).run(Self.text)
        #expect(second.ran.count == 4)
        #expect(second.reason("blob") == .evicted)
        #expect(second.report.warnings.count == 4)
        #expect(try await newProcess(first, folder).run(Self.text).ran == [])
    }

    @Test("records survive truncation at every byte")
    func truncatedRecords() throws {
        let record = ResultRecord(
            key: .of("k"), type: "T",
            outputs: [
                [try ContentStub(of: Int64(5)), try ContentStub(of: "text")], [try ContentStub(of: Blob([1, 2]))],
                [
                    try ContentStub(of: ValueList([Int64(1), true, 2.5, UInt64.max])), try ContentStub(of: BlockedValue(message: "m")),
                    try ContentStub(of: AbsentValue()),
                ],
            ],
            files: [
                WrittenFiles(
                    place: .of("p"), files: [WrittenFile(path: "a", kind: .temporary, size: 3, modified: 4, content: .of("c"))])
            ], texts: ["x"], warnings: ["w"], seconds: 1.5)
        let bytes = record.encoded
        let again = try ResultRecord(encoded: bytes)
        #expect(again.encoded == bytes)
        #expect(again.outputs[0][1].inline == .scalar(.string("text")))
        #expect(again.outputs[1][0].inline == nil)
        for length in bytes.indices { #expect(throws: BinaryReader.Damage.self) { try ResultRecord(encoded: Array(bytes.prefix(length))) } }
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 0xFF
            #expect(throws: BinaryReader.Damage.self) { try ResultRecord(encoded: damaged) }
        }
    }

    @Test("a folder that can't be written costs a note, not the run")
    func unwritable() async throws {
        let path = folder.path + "/file"
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(fileURLWithPath: path))
        let engine = ToyEngine(disk: DiskCache(folder: path))
        let outcome = try await engine.run(Self.text)
        #expect(outcome.ran.count == 4)
        #expect(outcome.report.exitCode == 0)
        #expect(outcome.report.warnings.count == 1)
        #expect(outcome.report.warnings.first?.hasPrefix("results are not stored from here on: ") == true)
    }

    @Test("the folder stays below its limit, and what took long stays longest")
    func limit() async throws {
        let limit = 300_000
        let first = newProcess(ToyEngine(), folder, limit: limit)
        for seed in 0..<40 {
            _ = try await first.run(Self.text, set: ["blob.seed": "\(seed)", "blob.size": "20000"], wantsValues: false)
            #expect(DiskCache(folder: folder.path).info().totalBytes <= limit)
        }
        let disk = DiskCache(folder: folder.path, limit: limit)
        #expect(disk.info().contents > 5)
        let pruned = disk.prune(to: 50_000)
        #expect(pruned.removed > 0)
        #expect(disk.info().totalBytes <= 50_000)
    }

    @Test("eviction prefers what saves little time for its bytes")
    func worth() throws {
        let disk = DiskCache(folder: folder.path, limit: 1 << 30)
        for (name, seconds, size) in [("slow", 100.0, 20_000), ("fast", 0.001, 20_000), ("big", 100.0, 400_000)] {
            let file = ContentFile(
                type: "BLOB", digest: nil, node: name, seconds: seconds,
                value: StoredValue(tensors: [
                    StoredTensor(name: "bytes", dtype: .uint8, shape: [size], byteCount: size) { lend in
                        try [UInt8](repeating: 1, count: size).withUnsafeBytes { try lend($0) }
                    }
                ]))
            try disk.folder.write(.contents, "\(Digest.of(name))", synced: true) { try file.write(to: $0) }
        }
        _ = disk.prune(to: 430_000)
        #expect(disk.list().map(\.node).sorted() == ["big", "slow"])
        _ = disk.prune(to: 100_000)
        #expect(disk.list().map(\.node) == ["slow"])
    }

    @Test("verify finds damage and leaves what is whole; clear leaves nothing")
    func inspection() async throws {
        let first = newProcess(ToyEngine(), folder)
        _ = try await first.run(Self.text)
        let disk = DiskCache(folder: folder.path)
        let info = disk.info()
        #expect(info.contents == 2)
        #expect(info.records == 4)
        #expect(info.workflows == 1)
        #expect(info.types.map(\.type) == ["BLOB"])
        #expect(disk.list().map(\.node).sorted() == ["Blob", "MixBlobs"])
        #expect(disk.verify().damaged.isEmpty)
        let path = try #require(folder.files(".safetensors").first)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        let found = disk.verify()
        #expect(found.checked == 7)
        #expect(found.damaged.map(\.path) == [path])
        #expect(found.damaged.map(\.reason) == ["the checksum is wrong"])
        #expect(disk.verify().damaged.isEmpty)
        #expect(disk.clear().removed == 6)
        #expect(disk.info().totalBytes == 0)
    }

    @Test("many caches over one folder read and write at once without a wrong value")
    func sharing() async throws {
        let world = ToyEngine()
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask { [folder] in
                    for round in 0..<15 {
                        let engine = newProcess(world, folder, limit: 60_000)
                        let seed = (worker * 7 + round) % 10
                        let outcome = try? await engine.run(Self.text, set: ["blob.seed": "\(seed)", "blob.size": "500"])
                        #expect(outcome?.report.texts.map(\.text) == ["\(500 * Int(UInt8(truncatingIfNeeded: seed + 30 * seed)))"])
                        #expect(outcome?.report.warnings == [])
                    }
                }
            }
        }
        #expect(DiskCache(folder: folder.path).verify().damaged.isEmpty)
        #expect(DiskCache(folder: folder.path).info().totalBytes <= 60_000)
    }

    @Test("an interrupted computation goes on where it was")
    func resuming() async throws {
        let first = newProcess(ToyEngine(), folder)
        let text =
            "nodes:\n  walk: {type: Walk, steps: 50, seed: 3}\n  size: {type: Measure, blob: walk}\n  shown: {type: Show, value: size}"
        let whole = try await ToyEngine().run(text, targets: ["walk"]).value("walk") as? Blob
        var options = RunOptions(workflow: "toy")
        options.resumeInterval = 1e-9
        #expect(try await first.start(try first.graph(text), cancelledAt: 20, options: options).report.isInterrupted)
        #expect(first.world.steps.load(ordering: .relaxed) == 20)
        #expect(DiskCache(folder: folder.path).info().resumable == 1)
        first.world.onStep.withLock { $0 = nil }
        let second = try await newProcess(first, folder).run(text, targets: ["walk"]) { $0.resumeInterval = 1e-9 }
        #expect(second.value("walk") as? Blob == whole)
        // Not from the start: at least the first state was stored, and others as fast as they could be written.
        #expect(first.world.steps.load(ordering: .relaxed) < 70)
        #expect(DiskCache(folder: folder.path).info().resumable == 0)
    }

    @Test("what killed processes leave behind is removed")
    func temporaries() async throws {
        let leftover = folder.path + "/temporary/999999999-1-1"
        try FileManager.default.createDirectory(atPath: folder.path + "/temporary", withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(fileURLWithPath: leftover))
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: leftover)
        _ = try await newProcess(ToyEngine(), folder).run(Self.text)
        #expect(!FileManager.default.fileExists(atPath: leftover))
    }
}
