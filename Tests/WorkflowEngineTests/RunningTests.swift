import Problems
import Formats
import Synchronization
import Testing

@testable import WorkflowEngine

@Suite("Running") struct RunningTests {
    @Test("a failed node fails its descendants, independent branches go on")
    func failure() async throws {
        let engine = ToyEngine()
        let outcome = try await engine.run(
            """
            nodes:
              bad: {type: Fail}
              after: {type: Add, a: {from: bad}}
              shown: {type: Show, value: after}
              good: {type: Number, value: 1}
              other: {type: Show, value: good}
            """)
        #expect(outcome.status("bad") == .failed)
        #expect(outcome.status("after") == .skipped)
        #expect(outcome.status("shown") == .skipped)
        #expect(outcome.report.nodes.first { $0.label.name == "shown" }?.skippedBecause == "bad")
        #expect(outcome.status("other") == .ran)
        #expect(outcome.report.exitCode == 1)
        #expect(outcome.report.nodes[0].failure?.description == "node \"bad\" (Fail): made to fail")
    }

    @Test("a failure isn't remembered: the next run tries again")
    func failureIsNotCached() async throws {
        let engine = ToyEngine()
        let text = "nodes:\n  bad: {type: Fail}\n  shown: {type: Show, value: bad}"
        #expect(try await engine.run(text).ran == ["bad"])
        #expect(try await engine.run(text).ran == ["bad"])
    }

    @Test("a cancelled run stops at the next step and keeps what was finished")
    func cancellation() async throws {
        let engine = ToyEngine()
        let text = """
            nodes:
              first: {type: Number, value: 2}
              long: {type: Steps, steps: 1000}
              end: {type: Add, a: {from: first}, b: {from: long}}
              shown: {type: Show, value: end}
            """
        let report = try await engine.start(try engine.graph(text), cancelledAt: 3).report
        #expect(report.isInterrupted)
        #expect(report.exitCode == 130)
        #expect(report.nodes.map(\.status) == [.ran, .interrupted, .interrupted, .interrupted])
        engine.world.onStep.withLock { $0 = nil }
        #expect(try await engine.run(text).ran == ["long", "end", "shown"])
    }

    @Test("what a node gives after it was asked to stop is thrown away, whether or not it noticed")
    func late() async throws {
        let engine = ToyEngine()
        let text = "nodes:\n  long: {type: Steps, steps: 3}\n  shown: {type: Show, value: long}"
        // Cancelled in its last step, after which it asks no more.
        let report = try await engine.start(try engine.graph(text), cancelledAt: 3).report
        #expect(report.isInterrupted)
        #expect(report.nodes.map(\.status) == [.interrupted, .interrupted])
        engine.world.onStep.withLock { $0 = nil }
        #expect(try await engine.run(text).ran == ["long", "shown"])
    }

    @Test("events tell the whole run in order")
    func events() async throws {
        let engine = ToyEngine()
        let graph = try engine.graph(
            """
            nodes:
              long: {type: Steps, steps: 2}
              saved: {type: WriteFile, value: long}
            """)
        var log: [String] = []
        for await event in try engine.engine.start(graph).events {
            switch event {
            case .planned(let nodes): log.append("planned \(nodes)")
            case .started(let node, let reason): log.append("started \(node.name): \(reason)")
            case .progress(let node, let step, let of, _): log.append("\(node.name) \(step)/\(of)")
            case .finished(let node, _): log.append("finished \(node.name)")
            case .outputFile(let node, _, let isReused): log.append("file of \(node.name), reused \(isReused)")
            default: log.append("\(event)")
            }
        }
        #expect(
            log == [
                "planned 2", "started long: first time", "long 1/2", "long 2/2", "finished long",
                "started saved: first time", "file of saved, reused false", "finished saved",
            ])
    }

    @Test("what nodes warn of is in the report")
    func warnings() async throws {
        let engine = ToyEngine()
        let outcome = try await engine.run("nodes:\n  a: {type: Number, value: 13}\n  s: {type: Show, value: a}")
        #expect(outcome.report.warnings == ["a: thirteen"])
    }

    @Test("a warning is told again whenever the result is used, once a run, and is an error in a strict run")
    func lastingWarnings() async throws {
        let folder = TemporaryFolder()
        let text = "nodes:\n  a: {type: Number, value: 13}\n  b: {type: Add, a: {from: a}, b: 13}\n  s: {type: Show, value: b}"
        for turn in 0..<3 {
            // The last one has a cache that was read from the disk.
            let engine = ToyEngine(cache: ResultCache(disk: DiskCache(folder: folder.path)))
            let outcome = try await engine.run(text)
            #expect(outcome.report.warnings == ["a: thirteen"], "run \(turn)")
            #expect(outcome.ran.isEmpty == (turn > 0))
            #expect(try await engine.run(text).report.warnings == ["a: thirteen"])
            let strict = try await engine.run(text) { $0.isStrict = true }
            #expect(strict.status("a") == .failed && strict.status("s") == .skipped)
            #expect(strict.report.warnings == [] && strict.report.exitCode == 1)
            #expect(strict.report.nodes.compactMap(\.failure).map(\.message).first?.contains("thirteen") == true)
        }
        let fresh = ToyEngine()
        #expect(try await fresh.run(text) { $0.isStrict = true }.status("a") == .failed)
        #expect(try await fresh.run(text) { $0.warnings = ["of the file"] }.report.warnings == ["of the file", "a: thirteen"])
    }

    @Test("nodes that no output needs never run")
    func unneeded() async throws {
        let engine = ToyEngine()
        let outcome = try await engine.run(
            """
            nodes:
              a: {type: Number, value: 1}
              unused: {type: Fail}
              shown: {type: Show, value: a}
            """)
        #expect(outcome.ran == ["a", "shown"])
        #expect(outcome.report.nodes.count == 2)
    }

    @Test("of two lazy inputs only the chosen one is evaluated")
    func lazy() async throws {
        let engine = ToyEngine()
        let text = """
            nodes:
              good: {type: Number, value: 1}
              bad: {type: Fail}
              choice: {type: Switch, choose: true, on_true: good, on_false: bad}
              shown: {type: Show, value: choice}
            """
        let first = try await engine.run(text)
        #expect(first.ran == ["good", "choice", "shown"])
        #expect(first.report.exitCode == 0)
        let second = try await engine.run(text, set: ["choice.choose": "false"])
        #expect(second.ran == ["bad"])
        #expect(second.status("shown") == .skipped)
        #expect(try await engine.run(text).ran == [])
    }

    @Test("a change behind a lazy input that isn't asked for changes nothing")
    func lazyUnasked() async throws {
        let engine = ToyEngine()
        let text = """
            nodes:
              good: {type: Number, value: 1}
              other: {type: Number, value: 2}
              choice: {type: Switch, choose: true, on_true: good, on_false: other}
              shown: {type: Show, value: choice}
            """
        _ = try await engine.run(text)
        #expect(try await engine.run(text, set: ["other.value": "3"]).ran == [])
    }

    @Test("wanted nodes give their values, with nothing but what they need")
    func targets() async throws {
        let engine = ToyEngine()
        let outcome = try await engine.run(
            "nodes:\n  a: {type: Number, value: 7}\n  b: {type: Halve, value: a}\n  c: {type: Show, value: b.half}", targets: ["b"])
        #expect(outcome.ran == ["a", "b"])
        #expect(outcome.value("b", 0) as? Int64 == 3)
        #expect(outcome.value("b", 1) as? Int64 == 1)
    }

    @Test("a chain of 5,000 nodes runs and is reused without recursion")
    func longChain() async throws {
        let engine = ToyEngine()
        var text = "nodes:\n  n0: {type: Number, value: 1}\n"
        for index in 1...5000 { text += "  n\(index): {type: Add, a: {from: n\(index - 1)}, b: 1}\n" }
        text += "  shown: {type: Show, value: n5000}\n"
        #expect(try await engine.run(text).report.texts.map(\.text) == ["5001"])
        #expect(try await engine.run(text).ran == [])
    }

    @Test("the report is one JSON object with outputs in the order written")
    func json() async throws {
        let engine = ToyEngine()
        let outcome = try await engine.run("nodes:\n  a: {type: Number, value: 7}\n  s: {type: WriteFile, title: My file, value: a}")
        let tree = try JSONReader.read(outcome.report.jsonText).get()
        let output = tree["outputs"]?.elements?.first
        #expect(output?["node"]?.string == "s")
        #expect(output?["title"]?.string == "My file")
        #expect(output?["type"]?.string == "WriteFile")
        #expect(output?["path"]?.string == engine.world.path("out-0.txt"))
        #expect(tree["nodes"]?.elements?.map { $0["status"]?.string } == ["ran", "ran"])
        #expect(tree["nodes"]?.elements?.first?["reason"]?.string == "first time")
    }
}

@Suite("Lists") struct ListTests {
    @Test("a list runs later nodes once per element, shorter lists repeat their last")
    func mapping() async throws {
        let engine = ToyEngine()
        let outcome = try await engine.run(
            """
            nodes:
              four: {type: Range, count: 4}
              two: {type: Range, count: 2}
              sums: {type: Add, a: {from: four}, b: {from: two}}
              all: {type: Sum, values: {from: sums}, factor: 10}
              shown: {type: Show, value: all}
            """, targets: ["sums", "all"])
        #expect(outcome.report.values["sums"]?[0].map { $0 as? Int64 } == [0, 2, 3, 4])
        #expect(outcome.value("all") as? Int64 == 90)
        #expect(outcome.ran == ["four", "two", "sums", "sums", "sums", "sums", "all"])
    }

    @Test("an empty list beside others is an error of the node that gets both")
    func empty() async throws {
        let engine = ToyEngine()
        let outcome = try await engine.run(
            """
            nodes:
              none: {type: Range, count: 0}
              sum: {type: Add, a: {from: none}, b: 1}
              shown: {type: Show, value: sum}
            """)
        #expect(outcome.status("sum") == .failed)
        #expect(outcome.report.nodes.first { $0.label.name == "sum" }?.failure?.message == "input \"a\" got an empty list")
    }

    @Test("a blocked element skips what follows it and nothing else")
    func blocked() async throws {
        let engine = ToyEngine()
        let outcome = try await engine.run(
            """
            nodes:
              three: {type: Range, count: 3}
              shifted: {type: Add, a: {from: three}, b: -1}
              gate: {type: Block, value: {from: shifted}}
              plus: {type: Add, a: {from: gate}, b: 5}
              shown: {type: Show, value: plus}
            """)
        #expect(outcome.report.texts.map(\.text) == ["5", "6"])
        #expect(outcome.report.warnings == ["plus: negative"])
        #expect(outcome.report.exitCode == 0)
    }

    @Test("an element's failure says which element")
    func elementFailure() async throws {
        let engine = ToyEngine()
        let outcome = try await engine.run(
            """
            nodes:
              three: {type: Range, count: 3}
              bad: {type: Fail, value: {from: three}}
              shown: {type: Show, value: bad}
            """)
        #expect(outcome.report.nodes.first { $0.label.name == "bad" }?.failure?.listIndex == 0)
    }
}
