import Synchronization
import Testing

@testable import WorkflowEngine

@Suite("What runs again, and why") struct CachingTests {
    static let chain = """
        parameters: {start: 3}
        nodes:
          one: {type: Number, value: "${start}"}
          two: {type: Add, a: {from: one}, b: 10}
          three: {type: Add, a: {from: two}, b: 100}
          shown: {type: Show, value: three}
        """

    @Test("an unchanged workflow runs nothing the second time")
    func unchanged() async throws {
        let engine = ToyEngine()
        let first = try await engine.run(Self.chain)
        #expect(first.ran == ["one", "two", "three", "shown"])
        #expect(first.reason("two") == .firstTime)
        let second = try await engine.run(Self.chain)
        #expect(second.ran == [])
        #expect(second.report.count(.reused) == 4)
        #expect(second.report.texts.map(\.text) == ["113"])
        #expect(second.report.summary == "4 reused")
    }

    @Test("a changed literal runs its node and what follows, and nothing before")
    func changedLiteral() async throws {
        let engine = ToyEngine()
        _ = try await engine.run(Self.chain)
        let second = try await engine.run(Self.chain, set: ["three.b": "200"])
        #expect(second.ran == ["three", "shown"])
        #expect(second.reason("three") == .inputChanged(name: "b", old: "100", new: "200"))
        #expect(second.reason("shown") == .upstreamChanged(node: "three"))
        #expect(second.report.summary == "2 reused, 2 ran (b changed from 100 to 200 at three)")
    }

    @Test("a parameter's change is told as the input it reaches")
    func changedParameter() async throws {
        let engine = ToyEngine()
        _ = try await engine.run(Self.chain)
        let second = try await engine.run(Self.chain, set: ["start": "4"])
        #expect(second.reason("one") == .inputChanged(name: "value", old: "3", new: "4"))
        #expect(second.ran == ["one", "two", "three", "shown"])
    }

    @Test("a node that gives the same bytes stops the wave")
    func earlyCutoff() async throws {
        let engine = ToyEngine()
        let text = """
            nodes:
              number: {type: Number, value: 6}
              halves: {type: Halve, value: number}
              after: {type: Add, a: {from: halves.half}, b: 1}
              shown: {type: Show, value: after}
            """
        _ = try await engine.run(text)
        let second = try await engine.run(text, set: ["number.value": "7"])
        #expect(second.ran == ["number", "halves"])
        #expect(second.status("after") == .reused)
    }

    @Test("going back to an earlier value runs nothing")
    func back() async throws {
        let engine = ToyEngine()
        _ = try await engine.run(Self.chain)
        _ = try await engine.run(Self.chain, set: ["start": "4"])
        #expect(try await engine.run(Self.chain).ran == [])
    }

    @Test("two workflows share what they have in common, whatever their nodes are called")
    func sharedPrefix() async throws {
        let engine = ToyEngine()
        _ = try await engine.run(Self.chain)
        let other = """
            nodes:
              uno: {type: Num, title: Another name, value: 3}
              due: {type: Add, a: {from: uno.INT}, b: 10}
              end: {type: Add, a: {from: due}, b: 7}
              shown: {type: Show, value: end}
            """
        #expect(try await engine.run(other) { $0.workflow = "other" }.ran == ["end", "shown"])
    }

    @Test("a literal and the same value through a link are the same input")
    func literalOrLink() async throws {
        let engine = ToyEngine()
        _ = try await engine.run(Self.chain)
        let linked = Self.chain.replacing("b: 10}", with: "b: {from: ten}}").replacing(
            "nodes:", with: "nodes:\n  ten: {type: Number, value: 10}")
        #expect(try await engine.run(linked).ran == ["ten"])
    }

    @Test("a file enters by content: a changed one runs again, a renamed one doesn't")
    func files() async throws {
        let engine = ToyEngine()
        let text = """
            nodes:
              text: {type: ReadFile, file: a.txt}
              shown: {type: Show, value: text}
            """
        try engine.world.write("hello", to: "a.txt")
        try engine.world.write("hello", to: "b.txt")
        #expect(try await engine.run(text).ran == ["text", "shown"])
        #expect(try await engine.run(text, set: ["text.file": "b.txt"]).ran == [])
        try engine.world.write("changed", to: "b.txt")
        let third = try await engine.run(text, set: ["text.file": "b.txt"])
        #expect(third.reason("text") == .fileChanged(path: "b.txt"))
        #expect(third.ran == ["text", "shown"])
    }

    @Test("an output file that is gone is written again, an intact one is reported again")
    func outputFiles() async throws {
        let engine = ToyEngine()
        let text = """
            nodes:
              number: {type: Number, value: 5}
              saved: {type: WriteFile, value: number, name: five}
            """
        let first = try await engine.run(text)
        #expect(first.report.files.map(\.file.path) == [engine.world.path("five-0.txt")])
        let second = try await engine.run(text)
        #expect(second.ran == [])
        #expect(second.report.files.map(\.isReused) == [true])
        try engine.world.write("something else", to: "five-0.txt")
        let third = try await engine.run(text)
        #expect(third.ran == ["saved"])
        #expect(third.reason("saved") == .outputMissing(path: engine.world.path("five-0.txt")))
        #expect(try engine.world.read("five-0.txt") == "5")
    }

    @Test("a result serves every output folder: only files that aren't in the present one are written")
    func outputFolders() async throws {
        let cache = ResultCache()
        let text = """
            nodes:
              number: {type: Number, value: 5}
              saved: {type: WriteFile, value: number, name: five}
            """
        let first = ToyEngine(cache: cache), second = ToyEngine(cache: cache)
        #expect(try await first.run(text).ran == ["number", "saved"])
        let other = try await second.run(text)
        #expect(other.ran == ["saved"])
        #expect(other.reason("saved") == .outputMissing(path: second.world.path("five-0.txt")))
        #expect(try second.world.read("five-0.txt") == "5")
        // Each folder keeps its own.
        for engine in [first, second, first] {
            let again = try await engine.run(text)
            #expect(again.ran == [])
            #expect(again.report.files.map(\.file.path) == [engine.world.path("five-0.txt")])
        }
        // The same bytes under the same name are the same file, however they came there; others aren't.
        let copied = ToyEngine(cache: cache), foreign = ToyEngine(cache: cache)
        try copied.world.write("5", to: "five-0.txt")
        try foreign.world.write("6", to: "five-0.txt")
        #expect(try await copied.run(text).ran == [])
        #expect(try await foreign.run(text).ran == ["saved"])
    }

    @Test("what can't be keyed runs every time, and its followers only when it gives something new")
    func chance() async throws {
        let engine = ToyEngine()
        let text = """
            nodes:
              chance: {type: Chance}
              shown: {type: Show, value: chance}
            """
        _ = try await engine.run(text)
        let second = try await engine.run(text)
        #expect(second.ran == ["chance", "shown"])
        #expect(second.reason("chance") == .alwaysRuns)
        engine.world.chance.store(1, ordering: .relaxed)
        #expect(try await engine.run(text).ran == ["chance"])
    }

    @Test("another version of the numerics runs everything and says so")
    func versions() async throws {
        let engine = ToyEngine()
        _ = try await engine.run(Self.chain)
        let newer = ToyEngine(sharing: engine, cache: engine.engine.cache, numerics: "toy-2")
        let second = try await newer.run(Self.chain)
        #expect(second.ran.count == 4)
        #expect(second.reason("one") == .versionChanged)
    }

    @Test("forcing runs everything, or the named node only")
    func forcing() async throws {
        let engine = ToyEngine()
        _ = try await engine.run(Self.chain)
        #expect(try await engine.run(Self.chain) { $0.forcesAll = true }.ran.count == 4)
        let one = try await engine.run(Self.chain) { $0.forcedNodes = ["two"] }
        #expect(one.ran == ["two"])
        #expect(one.reason("two") == .forced)
    }

    @Test("a value that was evicted is made again when somebody needs it, and only then")
    func evicted() async throws {
        let engine = ToyEngine()
        let text = """
            nodes:
              blob: {type: Blob, seed: 5, size: 100}
              size: {type: Measure, blob: blob}
              shown: {type: Show, value: size}
            """
        _ = try await engine.run(text)
        engine.engine.cache.dropMemoryContents()
        #expect(try await engine.run(text).ran == [])
        let third = try await engine.run(
            text.replacing("Measure, blob: blob", with: "Measure, blob: mixed")
                .replacing("nodes:", with: "nodes:\n  mixed: {type: MixBlobs, a: blob}"))
        #expect(third.ran == ["blob", "mixed"])
        #expect(third.reason("blob") == .evicted)
        #expect(third.status("size") == .reused, "the mix with nothing is the same blob")
    }

    @Test("without any cache every node still runs exactly once")
    func noCache() async throws {
        let engine = ToyEngine(memoryBudget: 0)
        let text = """
            nodes:
              blob: {type: Blob, seed: 5, size: 100}
              left: {type: MixBlobs, a: blob, b: blob}
              right: {type: MixBlobs, a: blob, b: left}
              end: {type: MixBlobs, a: left, b: right}
              size: {type: Measure, blob: end}
              shown: {type: Show, value: size}
            """
        for _ in 0..<2 {
            let outcome = try await engine.run(text)
            #expect(outcome.ran == ["blob", "left", "right", "end", "size", "shown"])
        }
    }

    @Test("values are freed after their last use")
    func freed() async throws {
        let engine = ToyEngine(memoryBudget: 0)
        var text = "nodes:\n  b0: {type: Blob, size: 1000}\n"
        for index in 1...50 { text += "  b\(index): {type: MixBlobs, a: b\(index - 1), b: b\(index - 1)}\n" }
        text += "  size: {type: Measure, blob: b50}\n  shown: {type: Show, value: size}\n"
        let outcome = try await engine.run(text, wantsValues: false)
        #expect(outcome.ran.count == 53)
        #expect(engine.world.blobs.most.load(ordering: .relaxed) <= 2, "at a node's start: its input, and what was just dropped")
        #expect(engine.world.blobs.alive.load(ordering: .relaxed) == 0)
    }

    @Test("the memory tier stays within its budget over many runs")
    func budget() async throws {
        let engine = ToyEngine(memoryBudget: 50_000)
        let text = """
            nodes:
              blob: {type: Blob, size: 4000}
              size: {type: Measure, blob: blob}
              shown: {type: Show, value: size}
            """
        for seed in 0..<200 {
            _ = try await engine.run(text, set: ["blob.seed": "\(seed)"], wantsValues: false)
            #expect(engine.engine.cache.memoryBytes <= 50_000)
            // What is really held: nothing but what the tier counts.
            #expect(engine.world.blobs.alive.load(ordering: .relaxed) * 4000 <= engine.engine.cache.memoryBytes)
        }
        engine.engine.cache.dropMemoryContents()
        #expect(engine.world.blobs.alive.load(ordering: .relaxed) == 0)
    }
}
