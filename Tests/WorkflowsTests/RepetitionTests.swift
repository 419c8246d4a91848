import Testing

@testable import Workflows

/// Values that move on from run to run.
@Suite("Repetition") struct RepetitionTests {
    static let catalog = NodeCatalog(texts: [
        (
            "Sampler",
            "type: Sampler\ncategory: toys\noutput_node: true\ninputs:\n  model: {type: INT, optional: true, socket: true}\n  seed: {type: INT, default: 0, min: 0, max: 18446744073709551615, control_after_generate: true}\n  steps: {type: INT, default: 20}\n  name: {choices: [euler, heun, lms], control_after_generate: true}\noutputs: []"
        ),
        (
            "Free",
            "type: Free\ncategory: toys\noutput_node: true\ninputs: {seed: {type: INT, default: 0, min: -1125899906842624, max: 1125899906842624}}\noutputs: []"
        ),
        (
            "Value",
            "type: Value\ncategory: toys\ninputs:\n  value: {type: INT, default: 0, control_after_generate: true}\noutputs: [{name: INT, type: INT}]"
        ),
    ])

    /// Numbers that are drawn one after another, the same every time.
    struct Draws: RandomNumberGenerator {
        var state: UInt64 = 1
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
    }

    private func repetition(_ text: String, mode: AfterGenerate.Mode? = nil) throws -> (Repetition, ResolvedGraph) {
        let result = DocumentReader(catalog: Self.catalog).read(text: text, name: "flow")
        let document = try #require(result.document, "\(result.diagnostics)")
        let resolution = Resolver(catalog: Self.catalog, files: AnyFileCatalog()).resolve(document)
        let graph = try #require(resolution.graph, "\(resolution.diagnostics)")
        #expect(!(result.diagnostics + resolution.diagnostics).hasErrors, "\(result.diagnostics + resolution.diagnostics)")
        return (Repetition(graph, of: resolution.workflow, mode: mode), graph)
    }

    /// The values after each of some runs.
    private func labels(_ text: String, _ count: Int = 3, mode: AfterGenerate.Mode? = nil) throws -> [String] {
        var (repetition, _) = try repetition(text, mode: mode)
        var generator = Draws()
        return (0..<count).map { _ in
            defer { repetition.advance(using: &generator) }
            return repetition.label
        }
    }

    @Test(
        "a negative seed that means another one, one more or one less does so from run to run, in every form", arguments: ["yaml", "api"])
    func drawnSeeds(form: String) throws {
        func flow(_ seed: Int) -> String {
            form == "yaml" ? "nodes: {a: {type: Free, seed: \(seed)}}" : #"{"a": {"class_type": "Free", "inputs": {"seed": \#(seed)}}}"#
        }
        #expect(try labels(flow(-2)).map { String($0.suffix(2)) } == ["=1", "=2", "=3"])
        #expect(try labels(flow(-3)).map { String($0.suffix(2)) } == ["=1", "=0", "=0"])
        let drawn = try labels(flow(-1))
        #expect(Set(drawn).count == 3 && drawn.allSatisfy { !$0.contains("-") }, "\(drawn)")
    }

    @Test("in our own form seeds count up, equal ones together, unless the file says something else")
    func ownForm() throws {
        let two =
            "parameters: {seed: 7}\nnodes:\n  a: {type: Sampler, seed: \"${seed}\"}\n  b: {type: Sampler, seed: \"${seed}\"}\n  c: {type: Sampler, seed: 1}\n"
        #expect(try labels(two) == ["a.seed=7, c.seed=1", "a.seed=8, c.seed=2", "a.seed=9, c.seed=3"])
        var (moved, graph) = try repetition(two)
        var generator = Draws()
        moved.advance(using: &generator)
        let literals = moved.applied(to: graph).nodes.map { node -> String in
            guard case .literal(let value)? = node.inputs.first(where: { $0.name == "seed" })?.binding else { return "" }
            return "\(value)"
        }
        #expect(literals == ["8", "8", "2"])
        #expect(
            try labels("nodes: {a: {type: Sampler, seed: 5, control_after_generate: decrement}}") == ["a.seed=5", "a.seed=4", "a.seed=3"])
        #expect(try labels("nodes: {a: {type: Sampler, seed: 5, control_after_generate: fixed}}") == ["", "", ""])
        #expect(
            try labels("nodes: {a: {type: Sampler, seed: 1, control_after_generate: decrement}}") == ["a.seed=1", "a.seed=0", "a.seed=0"])
        #expect(try labels("nodes: {a: {type: Sampler, seed: 18446744073709551614}}").last == "a.seed=18446744073709551615")
        #expect(try labels("nodes: {a: {type: Sampler, seed: 9223372036854775807}}")[1] == "a.seed=9223372036854775808")
        let parameter =
            "parameters: {s: {default: 3, control_after_generate: randomize}}\nnodes:\n  a: {type: Sampler, seed: \"${s}\"}\n  b: {type: Sampler, seed: 3}\n"
        let drawn = try labels(parameter, 2)
        #expect(drawn[0] == "a.seed=3, b.seed=3")
        #expect(drawn[1].hasSuffix("b.seed=4") && !drawn[1].hasPrefix("a.seed=4,"))
        #expect(try labels(parameter, mode: .fixed) == ["", "", ""])
    }

    @Test("a number that feeds a seed moves, other controlled numbers stay")
    func feeders() throws {
        let text =
            "nodes:\n  s: {type: Value, value: 4}\n  w: {type: Value, value: 64}\n  a: {type: Sampler, seed: {from: s}, steps: {from: w}}\n"
        #expect(try labels(text) == ["s.value=4", "s.value=5", "s.value=6"])
    }

    static func saved(_ values: String, extra: String = "", inputs: String = "") -> String {
        "{\"nodes\": [{\"id\": 1, \"type\": \"Sampler\", \"inputs\": [\(inputs)], \"widgets_values\": \(values)}\(extra)], \"links\": [[1, 2, 0, 1, 0, \"INT\"]]}"
    }

    @Test("in a saved workflow each value does what stands behind it")
    func savedForm() throws {
        #expect(
            try labels(Self.saved("[7, \"increment\", 20, \"euler\", \"fixed\", \"\"]")) == [
                "Sampler.seed=7", "Sampler.seed=8", "Sampler.seed=9",
            ])
        #expect(
            try labels(Self.saved("[7, \"fixed\", 20, \"euler\", \"increment\", \"\"]"), 4).map { $0.suffix(5) } == [
                "euler", "=heun", "e=lms", "e=lms",
            ])
        #expect(try labels(Self.saved("[7, \"fixed\", 20, \"lms\", \"increment-wrap\", \"\"]"), 2).last == "Sampler.name=euler")
        #expect(try labels(Self.saved("[7, \"fixed\", 20, \"lms\", \"increment-wrap\", \"u\"]"), 3).last == "Sampler.name=heun")
        #expect(try labels(Self.saved("[7, \"fixed\", 20, \"euler\", \"fixed\", \"\"]")) == ["", "", ""])
        #expect(try labels(Self.saved("[7, \"fixed\", 20, \"euler\", \"fixed\", \"\"]"), mode: .increment).last == "Sampler.seed=9")
        let drawn = try labels(Self.saved("[7, \"randomize\", 20, \"euler\", \"fixed\", \"\"]"), 50)
        #expect(Set(drawn).count == 50)
        for label in drawn { #expect(try #require(UInt64(label.dropFirst(13))) < 1 << 50) }
    }

    @Test("a primitive moves all that it feeds, and the saved text says what was used")
    func primitives() throws {
        let primitive =
            ", {\"id\": 2, \"type\": \"PrimitiveNode\", \"outputs\": [{\"type\": \"INT\"}], \"widgets_values\": [ 41 , \"increment\"]}"
        let text = Self.saved(
            "[7, \"fixed\", 20, \"euler\", \"increment\", \"\"]", extra: primitive,
            inputs: "{\"name\": \"seed\", \"type\": \"INT\", \"link\": 1, \"widget\": {\"name\": \"seed\"}}")
        var (repetition, _) = try repetition(text)
        var generator = Draws()
        repetition.advance(using: &generator)
        #expect(repetition.label == "Sampler.seed=42, Sampler.name=heun")
        let again = repetition.applied(toText: text)
        #expect(again == text.replacing("[ 41 ,", with: "[ 42 ,").replacing("\"euler\"", with: "\"heun\""))
    }
}
