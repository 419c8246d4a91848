import Synchronization
import Testing

@testable import WorkflowEngine

@Suite("Plans") struct PlanTests {
    static let text = """
        nodes:
          number: {type: Number, value: 6}
          halves: {type: Halve, value: number}
          blob: {type: Blob, seed: {from: halves.half}, size: 10}
          size: {type: Measure, blob: blob}
          shown: {type: Show, value: size}
        """

    private func plan(
        _ engine: ToyEngine, _ text: String = text, set: [String: String] = [:], _ change: (inout RunOptions) -> Void = { _ in }
    ) throws -> [String] {
        var options = RunOptions(workflow: "toy")
        change(&options)
        return engine.engine.plan(try engine.graph(text, set: set), options: options).nodes
            .map { "\($0.label.name): \($0.action.name), \($0.action.text)" }
    }

    @Test("before the first run everything runs")
    func first() throws {
        #expect(try plan(ToyEngine()).allSatisfy { $0.hasSuffix(": run, first time") })
    }

    @Test("unchanged, everything is reused and nothing is needed")
    func unchanged() async throws {
        let engine = ToyEngine()
        _ = try await engine.run(Self.text)
        #expect(try plan(engine).allSatisfy { $0.hasSuffix(": reuse, unchanged") })
        #expect(engine.world.log.withLock { $0 }.count == 5, "planning runs nothing")
    }

    @Test("a change runs its node, and perhaps what follows")
    func change() async throws {
        let engine = ToyEngine()
        _ = try await engine.run(Self.text)
        #expect(
            try plan(engine, set: ["number.value": "7"]) == [
                "number: run, value changed from 6 to 7", "halves: run-unless-same, unless number gives the same as before",
                "blob: run-unless-same, unless halves gives the same as before",
                "size: run-unless-same, unless blob gives the same as before",
                "shown: run-unless-same, unless size gives the same as before",
            ])
        #expect(
            try plan(engine, set: ["blob.size": "11"]) == [
                "number: reuse, unchanged", "halves: reuse, unchanged", "blob: run, size changed from 10 to 11",
                "size: run-unless-same, unless blob gives the same as before",
                "shown: run-unless-same, unless size gives the same as before",
            ])
    }

    @Test("values that are needed and gone are made again")
    func evicted() async throws {
        let engine = ToyEngine()
        _ = try await engine.run(Self.text)
        engine.engine.cache.dropMemoryContents()
        let longer = Self.text + "\n  mixed: {type: MixBlobs, a: blob}\n  end: {type: Show, value: mixed}\n"
        #expect(
            try plan(engine, longer).prefix(4) == [
                "number: reuse, unchanged", "halves: reuse, unchanged", "blob: run, its result is not stored",
                "size: reuse, unchanged",
            ])
    }

    @Test("a plan says how long it took the last time")
    func estimate() async throws {
        let engine = ToyEngine()
        _ = try await engine.run(Self.text)
        let plan = engine.engine.plan(try engine.graph(Self.text, set: ["blob.size": "11"]), options: RunOptions(workflow: "toy"))
        #expect(plan.counts == (2, 1, 2))
        #expect(plan.estimate.certain > 0)
        #expect(plan.estimate.possible >= plan.estimate.certain)
        #expect(plan.estimate.unknown == 0)
    }

    @Test("a lazy branch that isn't chosen is not in the plan")
    func lazy() async throws {
        let names = try plan(
            ToyEngine(),
            "nodes:\n  a: {type: Number}\n  b: {type: Fail}\n  c: {type: Switch, choose: true, on_true: a, on_false: b}\n  s: {type: Show, value: c}"
        )
        #expect(names.count == 3)
    }
}
