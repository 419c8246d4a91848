import Testing

@testable import Workflows

/// Loops that are written out before the run.
@Suite("Loops") struct LoopTests {
    private func resolve(_ text: String, set: [String] = []) throws -> (graph: ResolvedGraph?, diagnostics: [Diagnostic]) {
        let result = DocumentReader(catalog: composingSpecs).read(text: text, name: "flow")
        let document = try #require(result.document, "\(result.diagnostics)")
        let resolution = Resolver(catalog: composingSpecs, files: AnyFileCatalog()).resolve(
            document, setting: set.compactMap { Assignment($0) })
        return (resolution.graph, result.diagnostics + resolution.diagnostics)
    }

    private func graph(_ text: String, set: [String] = []) throws -> ResolvedGraph {
        let (graph, diagnostics) = try resolve(text, set: set)
        #expect(!diagnostics.hasErrors, "\(diagnostics)")
        return try #require(graph, "\(diagnostics)")
    }

    /// Joins a letter to a text, three times.
    private static func api(total: String = "3") -> String {
        """
        {"1": {"class_type": "easy forLoopStart", "inputs": {"total": \(total), "initial_value1": "x"}},
         "2": {"class_type": "Join", "inputs": {"a": ["1", 2], "b": "o"}},
         "3": {"class_type": "easy forLoopEnd", "inputs": {"flow": ["1", 0], "initial_value1": ["2", 0]}},
         "4": {"class_type": "Show", "inputs": {"source": ["3", 0]}},
         "5": {"class_type": "PrimitiveInt", "inputs": {"value": 2}},
         "6": {"class_type": "Double", "inputs": {"value": 2}},
         "8": {"class_type": "Show", "inputs": {"source": ["2", 0]}}}
        """
    }

    @Test("each round takes what the one before gave; what hangs on a round is done in each")
    func rounds() throws {
        let graph = try graph(Self.api())
        #expect(try graph.value("2[1]", "a") == "x")
        #expect(try graph.value("2[3]", "a") == "2[2]")
        #expect(try graph.value("4", "source") == "2[3]")
        #expect(try graph.value("8[2]", "source") == "2[2]")
        #expect(graph.index(of: "1") == nil && graph.index(of: "2") == nil && graph.index(of: "3") == nil)
    }

    @Test("a setting decides how many rounds there are, reaches every round, or one")
    func settings() throws {
        #expect(try graph(Self.api(), set: ["1.total=1"]).index(of: "2[2]") == nil)
        #expect(try graph(Self.api(), set: ["2[2].b=-"]).value("2[2]", "b") == "-")
        #expect(try graph(Self.api(), set: ["2[2].b=-"]).value("2[3]", "b") == "o")
        #expect(try graph(Self.api(), set: ["2.b=-"]).value("2[3]", "b") == "-")
        #expect(try graph(Self.api(), set: ["2[2].b=+", "2.b=-"]).value("2[2]", "b") == "+", "one round before all")
        #expect(try graph(Self.api(total: "[\"5\", 0]")).index(of: "2[3]") == nil)
        #expect(try graph(Self.api(total: "[\"5\", 0]"), set: ["5.value=4"]).index(of: "2[4]") != nil)
        #expect(try resolve(Self.api(), set: ["2[4].b=-"]).diagnostics.map(\.code).contains(.unknownOverride))
    }

    @Test("the round's number is a written number for the nodes in it, counted up or down")
    func index() throws {
        let text = """
            {"1": {"class_type": "easy forLoopStart", "inputs": {"total": 3}},
             "2": {"class_type": "Double", "inputs": {"value": ["1", 1]}},
             "3": {"class_type": "easy forLoopEnd", "inputs": {"flow": ["1", 0], "initial_value1": ["2", 0], "initial_value2": ["1", 1]}},
             "4": {"class_type": "Show", "inputs": {"source": ["3", 0]}},
             "5": {"class_type": "Double", "inputs": {"value": ["3", 1]}},
             "6": {"class_type": "Show", "inputs": {"source": ["5", 0]}}}
            """
        let up = try graph(text)
        #expect(try up.value("2[3]", "value") == "2" && up.value("5", "value") == "2")
        let down = try graph(
            text.replacing("easy forLoopStart", with: "ForLoopOpen").replacing("easy forLoopEnd", with: "ForLoopClose")
                .replacing("\"total\"", with: "\"remaining\"").replacing("\"flow\"", with: "\"flow_control\""))
        #expect(try down.value("2[1]", "value") == "3" && down.value("5", "value") == "1")
    }

    @Test("loops in loops, where the inner one's rounds follow from the outer one's")
    func nested() throws {
        let graph = try graph(
            """
            nodes:
              outer: {type: easy forLoopStart, total: 3, initial_value1: begin}
              begin: {type: Join, a: "", b: ""}
              inner: {type: easy forLoopStart, total: {from: outer.index}, initial_value1: row}
              row: {type: Join, a: {from: outer.value1}, b: "|"}
              step: {type: Join, a: {from: inner.value1}, b: "*"}
              innerEnd: {type: easy forLoopEnd, flow: inner.flow, initial_value1: step}
              outerEnd: {type: easy forLoopEnd, flow: outer.flow, initial_value1: innerEnd.value1}
              shown: {type: Show, source: outerEnd.value1}
            """, set: ["step[3][2].b=!"])
        #expect(graph.nodes.count { $0.name.hasPrefix("step[") } == 4, "1 for the indices 0 and 1, 2 for 2: \(graph.nodes.map(\.name))")
        #expect(try graph.value("step[3][2]", "a") == "step[3][1]")
        #expect(try graph.value("step[3][2]", "b") == "!")
        #expect(try graph.value("shown", "source") == "step[3][2]")
    }

    @Test("a loop whose end is decided while it runs is refused, with its place")
    func refusals() throws {
        func errors(_ text: String) throws -> [String] { try resolve(text).diagnostics.filter { $0.severity == .error }.map(\.description) }
        let computed = try errors(Self.api(total: "[\"6\", 0]"))
        #expect(
            computed.contains { $0.contains("1: the number of rounds is computed while the workflow runs [unsupported-loop]") },
            "\(computed)")
        #expect(try errors(Self.api(total: "90000")).contains { $0.contains("rounds of") })
        #expect(
            try errors(Self.api().replacing("\"flow\": [\"1\", 0]", with: "\"flow\": [\"5\", 0]")).contains {
                $0.contains("isn't joined to a start")
            })
    }
}
