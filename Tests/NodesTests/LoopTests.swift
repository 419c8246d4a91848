import Foundation
import Nodes
import Testing
import WorkflowEngine
@testable import Workflows

/// Loops, run. How they are written out is tested beside the engine.
@Suite("Loops, run") struct LoopTests {
    private func resolve(_ text: String, set: [String] = []) throws -> (graph: ResolvedGraph?, diagnostics: [Diagnostic]) {
        let result = DocumentReader(catalog: .standard).read(text: text, name: "flow")
        let document = try #require(result.document, "\(result.diagnostics)")
        let resolution = Resolver(catalog: .standard, files: AnyFileCatalog(), library: Self.library).resolve(
            document, setting: set.compactMap { Assignment($0) })
        return (resolution.graph, result.diagnostics + resolution.diagnostics)
    }

    private static let library: StandardNodes = {
        let folder = FileManager.default.temporaryDirectory.path
        return StandardNodes(
            services: NodeServices(models: ModelFolders(roots: [folder]), input: folder, output: folder, temporary: folder))
    }()

    /// What the nodes that show something show, in the order of the file, and which nodes ran.
    private func texts(_ text: String, set: [String] = [], engine: Engine? = nil) async throws -> (texts: [String], ran: [String]) {
        let (graph, diagnostics) = try resolve(text, set: set)
        #expect(!diagnostics.hasErrors, "\(diagnostics)")
        let report = try await (engine ?? Engine(library: Self.library)).run(try #require(graph, "\(diagnostics)"))
        #expect(report.exitCode == 0, "\(report.nodes)")
        return (report.texts.map(\.text), report.nodes.filter { $0.status == .ran }.map(\.label.name))
    }

    /// Appends a letter and the round's number, five times.
    private static func api(total: String = "3") -> String {
        """
        {"1": {"class_type": "easy forLoopStart", "inputs": {"total": \(total), "initial_value1": ["5", 0]}},
         "2": {"class_type": "StringConcatenate", "inputs": {"string_a": ["1", 2], "string_b": ["6", 0], "delimiter": ""}},
         "3": {"class_type": "easy forLoopEnd", "inputs": {"flow": ["1", 0], "initial_value1": ["2", 0]}},
         "4": {"class_type": "PreviewAny", "inputs": {"source": ["3", 0]}},
         "5": {"class_type": "PrimitiveString", "inputs": {"value": "x"}},
         "6": {"class_type": "StringReplace", "inputs": {"string": "<n>", "find": "n", "replace": ["7", 0]}},
         "7": {"class_type": "SimpleMath+", "inputs": {"value": "a*2", "a": ["1", 1]}},
         "8": {"class_type": "PreviewAny", "inputs": {"source": ["2", 0]}}}
        """
    }

    @Test("each round takes what the one before gave; what hangs on a round is done in each")
    func rounds() async throws {
        let text = Self.api().replacing("[\"7\", 0]", with: "\"o\"")
        let (found, ran) = try await texts(text)
        #expect(found.sorted() == ["x<o>", "x<o><o>", "x<o><o><o>", "x<o><o><o>"], "\(found)")
        #expect(ran.contains("2[3]") && ran.contains("8[1]") && !ran.contains("3"))
        #expect(try await texts(text, set: ["1.total=1"]).texts.sorted() == ["x<o>", "x<o>"])
        #expect(try await texts(text, set: ["2[2].delimiter=-"]).texts.contains("x<o>-<o><o>"))
        #expect(try await texts(text, set: ["2.delimiter=-"]).texts.contains("x-<o>-<o>-<o>"))
    }

    @Test("the round's number is a written number for the nodes in it")
    func index() async throws {
        let text = """
            {"1": {"class_type": "easy forLoopStart", "inputs": {"total": 3, "initial_value1": 10}},
             "2": {"class_type": "SimpleMath+", "inputs": {"value": "a*2+b", "a": ["1", 1], "b": ["1", 2]}},
             "3": {"class_type": "easy forLoopEnd", "inputs": {"flow": ["1", 0], "initial_value1": ["2", 0], "initial_value2": ["1", 1]}},
             "4": {"class_type": "PreviewAny", "inputs": {"source": ["3", 0]}},
             "5": {"class_type": "PreviewAny", "inputs": {"source": ["3", 1]}}}
            """
        #expect(try await texts(text).texts.sorted() == ["16", "2"])
        let down = text.replacing("easy forLoopStart", with: "ForLoopOpen").replacing("easy forLoopEnd", with: "ForLoopClose")
            .replacing("\"total\"", with: "\"remaining\"").replacing("\"flow\"", with: "\"flow_control\"")
        #expect(try await texts(down).texts.sorted() == ["1", "22"])
    }

    @Test("loops in loops, where the inner one's rounds follow from the outer one's")
    func nested() async throws {
        let text = """
            nodes:
              outer: {type: easy forLoopStart, total: 3, initial_value1: begin}
              begin: {type: PrimitiveString, value: ""}
              inner: {type: easy forLoopStart, total: {from: outer.index}, initial_value1: row}
              row: {type: StringConcatenate, string_a: {from: outer.value1}, string_b: "|", delimiter: ""}
              step: {type: StringConcatenate, string_a: {from: inner.value1}, string_b: "*", delimiter: ""}
              innerEnd: {type: easy forLoopEnd, flow: inner.flow, initial_value1: step}
              outerEnd: {type: easy forLoopEnd, flow: outer.flow, initial_value1: innerEnd.value1}
              shown: {type: PreviewAny, source: outerEnd.value1}
            """
        #expect(try await texts(text).texts == ["|*|*|**"])
    }

    @Test("a longer loop computes its new rounds only")
    func caching() async throws {
        let engine = Engine(library: Self.library)
        let text = Self.api().replacing("[\"7\", 0]", with: "\"o\"")
        _ = try await texts(text, engine: engine)
        let more = try await texts(text.replacing("\"total\": 3", with: "\"total\": 4"), engine: engine)
        // Node 4 shows what 8[4] shows: one computation.
        #expect(Set(more.ran) == ["2[4]", "8[4]"])
    }

    @Test("a loop whose end is decided while it runs is refused by its name")
    func refusals() throws {
        let whiles = try resolve("{\"1\": {\"class_type\": \"easy whileLoopEnd\", \"inputs\": {}}}").diagnostics
        #expect(whiles.contains { $0.hint?.contains("ends when a condition says so") == true })
    }
}
