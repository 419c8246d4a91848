import Problems
import Foundation
import Testing

@testable import WorkflowEngine
@testable import Workflows

@Suite("Scalars are checked in one place, however they come") struct ScalarCheckTests {
    private func failure(_ nodes: String, of node: String) async throws -> String? {
        let outcome = try await ToyEngine().run("nodes:\n\(nodes)\n  shown: {type: Show, value: \(node)}")
        return outcome.report.nodes.first { $0.label.name == node }?.failure?.description
    }

    @Test("a linked number outside of the range fails the node, with input, value and range")
    func range() async throws {
        let nodes = "  n: {type: Number, value: 0}\n  s: {type: Steps, steps: {from: n}}"
        #expect(
            try await failure(nodes, of: "s")
                == "node \"s\" (Steps): input \"steps\": 0 is below the minimum 1 (allowed: 1 to 10000)")
        let large = "  n: {type: Number, value: 18446744073709551615}\n  s: {type: Steps, steps: {from: n}}"
        #expect(try await failure(large, of: "s")?.contains("18446744073709551615 is above the maximum 10000") == true)
    }

    @Test("of a list the element is named: by the call, or where the node takes lists, by the input")
    func elements() async throws {
        let nodes = "  r: {type: Range, count: 3}\n  s: {type: Steps, steps: {from: r}}"
        #expect(
            try await failure(nodes, of: "s")
                == "node \"s\" (Steps), element 0: input \"steps\": 0 is below the minimum 1 (allowed: 1 to 10000)")
        let spec = NodeSpec(
            type: "All", inputs: [InputSpec(name: "steps", kind: .integer(.init(min: .signed(1))))], inputIsList: true)
        let call = NodeCall(
            spec: spec, implementation: ToyNode(type: "Sum", world: ToyWorld()),
            inputs: [("steps", [Int64(4), Int64(2), Int64(0)])])
        #expect(throws: InputValueError(input: "steps", element: 2, detail: "0 is below the minimum 1", hint: "allowed: 1 and more")) {
            try call.arguments(0)
        }
    }

    @Test("an integer above 63 bits that nothing forbids is an error of the node that needs fewer, never a trap")
    func unsigned() async throws {
        let nodes = "  n: {type: Number, value: 18446744073709551615}\n  a: {type: Add, a: {from: n}}"
        #expect(try await failure(nodes, of: "a")?.contains("18446744073709551615 is above the maximum 9223372036854775807") == true)
    }

    @Test("ranges aren't asked for where the graph says so")
    func unchecked() throws {
        let kind = InputSpec.Kind.integer(.init(max: .signed(5)))
        #expect(try kind.checked(.integer(.signed(9)), checksRanges: false) == .integer(.signed(9)))
    }

    private static let kinds: [String: InputSpec.Kind] = [
        "INT": .integer(.init(min: .signed(-5), max: .signed(5))), "FLOAT": .float(.init(min: -5, max: 5)),
        "STRING": .string(.init(multiline: false, dynamicPrompts: false)), "BOOLEAN": .boolean(default: nil),
        "choice": .choice(.init(choices: ["2", "a"], multiple: false)), "choices": .choice(.init(choices: ["2", "a"], multiple: true)),
        "file": .file(.init(folder: "input", choices: [], upload: false)), "INT,FLOAT": .socket(PortType("INT,FLOAT")),
        "FLOAT,STRING": .socket(PortType("FLOAT,STRING")), "*": .socket(.any), "IMAGE": .socket(PortType("IMAGE")),
        "COMBO": .socket(PortType("COMBO")), "endless": .float(.init(min: 0, max: .infinity)),
    ]

    @Test(
        "between scalars what Python takes for the same is converted, all else refused",
        arguments: [
            ("INT", Scalar.integer(.signed(3)), Scalar.integer(.signed(3))), ("INT", .boolean(true), .integer(.signed(1))),
            ("INT", .float(3), .integer(.signed(3))), ("INT", .float(2.5), nil), ("INT", .float(.nan), nil), ("INT", .float(1e300), nil),
            ("INT", .float(.infinity), nil), ("INT", .string("3"), nil), ("INT", .integer(.signed(6)), nil), ("INT", .float(6), nil),
            ("INT", .integer(.unsigned(.max)), nil), ("INT", .list([]), nil),
            ("FLOAT", .integer(.signed(3)), .float(3)), ("FLOAT", .boolean(true), .float(1)), ("FLOAT", .float(-5), .float(-5)),
            ("FLOAT", .float(5.1), nil), ("FLOAT", .float(.nan), nil), ("FLOAT", .float(.infinity), nil), ("FLOAT", .string("3"), nil),
            ("FLOAT", .integer(.signed(.min)), nil), ("endless", .float(.infinity), .float(.infinity)), ("endless", .float(.nan), nil),
            ("endless", .float(-.infinity), nil),
            ("STRING", .string(""), .string("")), ("STRING", .integer(.signed(3)), nil), ("STRING", .boolean(true), nil),
            ("BOOLEAN", .integer(.signed(0)), .boolean(false)), ("BOOLEAN", .float(0.5), .boolean(true)),
            ("BOOLEAN", .string("false"), nil),
            ("choice", .string("a"), .string("a")), ("choice", .string("b"), nil), ("choice", .integer(.signed(2)), .string("2")),
            ("choice", .list([.string("a")]), nil),
            ("choices", .list([.string("a"), .integer(.signed(2))]), .list([.string("a"), .string("2")])),
            ("choices", .list([.string("b")]), nil), ("file", .string("x"), .string("x")), ("file", .integer(.signed(2)), nil),
            ("INT,FLOAT", .boolean(true), .integer(.signed(1))), ("INT,FLOAT", .string("x"), nil), ("INT,FLOAT", .float(0.5), .float(0.5)),
            ("FLOAT,STRING", .integer(.signed(2)), .float(2)), ("*", .float(.nan), nil), ("*", .string("x"), .string("x")),
            ("IMAGE", .integer(.signed(2)), nil), ("COMBO", .string("x"), .string("x")),
        ] as [(String, Scalar, Scalar?)])
    func conversion(kind: String, scalar: Scalar, expected: Scalar?) throws {
        let kind = try #require(Self.kinds[kind])
        // Whoever takes anything takes this, too; it equals nothing, so it is asked for by name.
        if kind == .socket(.any), case .float(let number) = scalar, number.isNaN {
            guard case .float(let found) = try kind.checked(scalar) else { return #expect(Bool(false)) }
            return #expect(found.isNaN)
        }
        #expect((try? kind.checked(scalar)) == expected)
    }
}

@Suite("Scalars and graphs are values that can be written down") struct ScalarCodingTests {
    static let scalars: [Scalar] = [
        .integer(.signed(.min)), .integer(.signed(-1)), .integer(.signed(.max)), .integer(.unsigned(.max)), .float(0.1), .float(-0.0),
        .float(.leastNonzeroMagnitude), .float(1.7976931348623157e308), .float(.infinity), .float(-.infinity), .string(""),
        .string("\u{0}é\n\"\u{1F332}"),
        .boolean(true), .boolean(false), .list([]), .list([.string("a"), .list([.integer(.signed(1))])]),
    ]

    @Test("every scalar comes back from JSON, and from the value on an edge", arguments: scalars)
    func roundTrip(scalar: Scalar) throws {
        let again = try JSONDecoder().decode(Scalar.self, from: JSONEncoder().encode(scalar))
        #expect(again == scalar && again.contentDigest == scalar.contentDigest)
        #expect(Scalar(scalar.value) == scalar)
        #expect(scalar.value.typeName == scalar.typeName)
    }

    @Test(
        "a NaN stays one; what is no scalar is refused",
        arguments: ["{}", "{\"int\": \"x\"}", "{\"int\": \"1\", \"float\": 1}", "{\"float\": \"x\"}"])
    func refused(text: String) throws {
        guard case .float(let number) = try JSONDecoder().decode(Scalar.self, from: JSONEncoder().encode(Scalar.float(.nan))) else {
            return #expect(Bool(false))
        }
        #expect(number.isNaN)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Scalar.self, from: Data(text.utf8)) }
    }

    @Test("a graph comes back from JSON equal, and computes the same from the same cache")
    func graph() async throws {
        let text = """
            title: A graph
            nodes:
              n: {type: Number, value: 18446744073709551615}
              b: {type: Blob, seed: 3, size: 8}
              m: {type: MixBlobs, a: b, amount: 0.25}
              t: {type: Concatenate, first: "a", second: "b", separator: comma}
              s: {type: Switch, choose: true, on_true: {from: n}, on_false: {from: t}}
              shown: {type: Show, value: s}
              also: {type: Show, value: m}
            outputs: {mixed: m}
            """
        let engine = ToyEngine()
        let graph = try engine.graph(text)
        let again = try JSONDecoder().decode(ResolvedGraph.self, from: JSONEncoder().encode(graph))
        #expect(again == graph)
        #expect(again.promptText == graph.promptText)
        _ = try await engine.engine.run(graph, options: RunOptions(workflow: "toy"))
        let report = try await engine.engine.run(again, options: RunOptions(workflow: "toy"))
        #expect(report.count(.ran) == 0 && report.count(.reused) > 0)
        var changed = again
        changed.nodes[0].inputs[0].binding = .literal(.integer(.signed(1)))
        #expect(changed != graph)
    }
}
