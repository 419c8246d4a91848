import Foundation
import Synchronization
import Testing

@testable import WorkflowEngine

/// Each in a process of its own, which is killed or starved.
@Suite("Faults of the cache", .serialized) struct FaultTests {
    /// Blobs of some size, so that there is something to be in the middle of.
    static func text(_ seed: Int) -> String {
        """
        nodes:
          blob: {type: Blob, seed: \(seed), size: 300000}
          mixed: {type: MixBlobs, a: blob, b: blob, amount: 0.3}
          again: {type: MixBlobs, a: mixed, b: blob, amount: 0.7}
          size: {type: Measure, blob: again}
          shown: {type: Show, value: size}
        """
    }

    @Test("a process killed at any moment leaves nothing that would be served wrongly", arguments: 0..<6)
    func killed(round: Int) async throws {
        let folder = TemporaryFolder()
        let path = folder.path
        // From before the first write to well into the runs, wherever that happens to be.
        let moment = round * 40_000 + Int.random(in: 0..<40_000)
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, moment = moment as Int] in
            Thread.detachNewThread {
                usleep(UInt32(moment))
                kill(getpid(), SIGKILL)
            }
            let engine = ToyEngine(disk: DiskCache(folder: path))
            for seed in 0... { _ = try await engine.run(FaultTests.text(seed), wantsValues: false) }
        }
        #expect(DiskCache(folder: path).verify().damaged.map(\.reason) == [], "killed after \(moment) µs")
        let engine = ToyEngine(disk: DiskCache(folder: path))
        let scratch = ToyEngine(memoryBudget: 0)
        for seed in 0..<2 {
            let found = try await engine.run(Self.text(seed)), expected = try await scratch.run(Self.text(seed))
            #expect(found.report.texts.map(\.text) == expected.report.texts.map(\.text), "killed after \(moment) µs")
            #expect(found.report.warnings == [], "killed after \(moment) µs")
        }
    }

    @Test("a run succeeds where files can't be written whole, with a note")
    func starved() async throws {
        let folder = TemporaryFolder()
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            let engine = ToyEngine(disk: DiskCache(folder: path))
            let outcome = try await engine.run(FaultTests.text(1))
            #expect(outcome.report.exitCode == 0)
            #expect(
                outcome.report.warnings.contains {
                    $0.hasPrefix("a result was not stored: ") && $0.contains("can't be written: File too large")
                })
        }
        let disk = DiskCache(folder: path)
        #expect(disk.verify().damaged.isEmpty)
        #expect(disk.info().contents == 0)
        #expect(disk.info().records == 5)
        #expect(CacheFolder.names(in: path + "/temporary") == [])
    }

    @Test("a run that is killed leaves its history")
    func history() async throws {
        let folder = TemporaryFolder()
        let path = folder.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let engine = ToyEngine(disk: DiskCache(folder: path))
            engine.world.onStep.withLock { step in
                step = { _ in
                    // Until the history of what came before is there.
                    while CacheFolder.names(in: path + "/histories").isEmpty { usleep(1000) }
                    kill(getpid(), SIGKILL)
                }
            }
            _ = try await engine.run(FaultTests.long)
        }
        let engine = ToyEngine(disk: DiskCache(folder: path))
        let plan = engine.engine.plan(try engine.graph(Self.long, set: ["number.value": "6"]), options: RunOptions(workflow: "toy"))
        #expect(plan.nodes.first?.action == .run(.inputChanged(name: "value", old: "5", new: "6")))
    }

    static let long = """
        nodes:
          number: {type: Number, value: 5}
          steps: {type: Steps, steps: {from: number}}
          shown: {type: Show, value: steps}
        """
}
