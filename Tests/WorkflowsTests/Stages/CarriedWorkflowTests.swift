import Testing

@testable import Workflows

/// What pictures carry of a workflow in our own form.
@Suite("Carried workflows") struct CarriedWorkflowTests {
    private let resolver = Resolver(catalog: composingSpecs, files: AnyFileCatalog())
    private let reader = DocumentReader(catalog: composingSpecs)

    private func document(_ files: [String: String]) throws -> WorkflowDocument { try #require(WorkflowFolder(files).read().document) }

    private func carried(_ document: WorkflowDocument, _ set: [String] = []) throws -> WorkflowDocument {
        let text = try #require(CarriedWorkflow.text(of: document, setting: set.compactMap { Assignment($0) }))
        #expect(text.utf8.allSatisfy { $0 >= 32 && $0 < 127 })
        let result = reader.read(carried: text, name: "a.png")
        #expect(result.diagnostics.isEmpty, "\(result.diagnostics)")
        return try #require(result.document)
    }

    private func prompt(_ document: WorkflowDocument, _ set: [String] = []) throws -> String {
        let resolution = resolver.resolve(document, setting: set.compactMap { Assignment($0) })
        #expect(!resolution.diagnostics.hasErrors, "\(resolution.diagnostics)")
        return try #require(resolution.graph).promptText
    }

    @Test("what comes out means what went in, files that it calls and what was set included, and takes settings of its own")
    func roundTrip() throws {
        let nested = SubWorkflowTests.brighten + "    # ä, \"quoted\"\n"
        let document = try document([
            "flow.yaml": SubWorkflowTests.outer.replacing("brighten.yaml", with: "parts/middle.yaml"),
            "parts/middle.yaml": """
            parameters: {image: {type: IMAGE}, factor: 0.5}
            nodes: {inner: {workflow: ./more/brighten.yaml, with: {image: "${image}", factor: "${factor}"}}}
            outputs: {image: inner.image}
            """,
            "parts/more/brighten.yaml": nested,
        ])
        let set = ["much=0.125", "once/inner/white.width=7", "saved.prefix=ä", "much=0.25"]
        let again = try carried(document, set)
        #expect(try prompt(again) == prompt(document, set))
        #expect(again.settings.count == 3, "of two values of one name the last")
        #expect(try prompt(again, ["much=1"]) == prompt(document, set + ["much=1"]))
        // A picture made from the picture.
        #expect(try prompt(carried(again, ["much=1", "width=9"])) == prompt(document, set + ["much=1", "width=9"]))
    }

    @Test("written out, the values that were set stand in their places")
    func settled() throws {
        let document = try carried(
            document(["flow.yaml": SettingTests.flow]), ["prompt=a house", "first.steps=9", "prefix=x", "nowhere.width=1"])
        let settled = document.settled(catalog: composingSpecs)
        #expect(settled.parameters.first?.value == .string("a house"))
        #expect(settled.settings.map(\.target) == ["nowhere.width"])
        let (text, losses) = YAMLDocumentWriter.write(settled, catalog: composingSpecs)
        #expect(losses.map(\.code) == [.lostInConversion], "nowhere.width")
        let again = try #require(reader.read(text: text, name: "again").document)
        #expect(
            try prompt(again) == prompt(self.document(["flow.yaml": SettingTests.flow]), ["prompt=a house", "first.steps=9", "prefix=x"]))
    }

    @Test("a repeated run is carried with its own seed, as the parameter's value where it is one")
    func repeated() throws {
        let text = SettingTests.flow.replacing("steps: 4", with: "seed: \"${seed}\"").replacing(
            "parameters: {", with: "parameters: {seed: 7, ")
        let document = try document(["flow.yaml": text])
        let resolution = resolver.resolve(document)
        var repetition = Repetition(try #require(resolution.graph), of: resolution.workflow)
        var generator = SystemRandomNumberGenerator()
        repetition.advance(using: &generator)
        #expect(
            repetition.assignments(in: document) == [
                Assignment(target: "seed", value: .number("8")), Assignment(target: "second.seed", value: .number("2")),
            ])
    }

    @Test("other forms and texts that are too large aren't carried")
    func refusedToCarry() throws {
        let api = try #require(reader.read(text: "{\"1\": {\"class_type\": \"Canvas\", \"inputs\": {}}}", name: "x").document)
        #expect(CarriedWorkflow.text(of: api) == nil)
        let long = "nodes: {a: {type: Canvas}}\n# " + String(repeating: "x", count: CarriedWorkflow.maximumBytes)
        #expect(try CarriedWorkflow.text(of: document(["flow.yaml": long])) == nil)
    }

    @Test(
        "a text that isn't one is an error, not a trap",
        arguments: [
            "", "{}", "[1]", "{\"version\": 2, \"text\": \"nodes: {}\"}", "{\"version\": 1}", "{\"version\": 1, \"text\": 5}",
            "{\"version\": 1, \"text\": \"a: [\"}", "{\"version\": 1, \"text\": \"{\\\"nodes\\\": []}\"}",
        ])
    func wrong(text: String) {
        let result = reader.read(carried: text, name: "a.png")
        #expect(result.document == nil && result.diagnostics.hasErrors)
    }

    @Test("calls lead only to the texts beside it, not in a circle, and not to files of the machine")
    func calls() throws {
        func codes(_ call: String, _ files: String) -> [DiagnosticCode] {
            let text = "nodes: {a: {workflow: \(call)}, s: {type: Canvas}}\\noutputs: {o: s}\\n"
            return reader.read(carried: "{\"version\": 1, \"text\": \"\(text)\", \"files\": \(files)}", name: "a.png").diagnostics.map(
                \.code)
        }
        #expect(codes("b.yaml", "{}") == [.missingFile])
        #expect(codes("/etc/passwd", "{\"etc/passwd\": \"nodes: {c: {type: Canvas}}\"}") == [.unreadableFile])
        #expect(codes("../b.yaml", "{\"b.yaml\": \"nodes: {c: {type: Canvas}}\"}") == [.unreadableFile])
        #expect(codes("b.yaml", "{\"b.yaml\": \"nodes: {c: {workflow: b.yaml}}\"}") == [.recursiveSubgraph])
        #expect(codes("b.yaml", "{\"b.yaml\": 7}").isEmpty == false)
    }

    @Test("cut short anywhere, or with any byte changed, it is read or refused")
    func damage() throws {
        let document = try document(["flow.yaml": SubWorkflowTests.outer, "brighten.yaml": SubWorkflowTests.brighten])
        let text = try #require(CarriedWorkflow.text(of: document, setting: [Assignment(target: "much", value: .number("1"))]))
        let bytes = Array(text.utf8)
        for length in stride(from: 0, to: bytes.count, by: 7) {
            let result = reader.read(carried: String(decoding: bytes.prefix(length), as: UTF8.self), name: "x")
            #expect(result.document == nil && result.diagnostics.hasErrors, "\(length)")
        }
        for place in stride(from: 0, to: bytes.count, by: 5) {
            var garbled = bytes
            garbled[place] = garbled[place] == UInt8(ascii: "}") ? UInt8(ascii: "{") : UInt8(ascii: "}")
            let result = reader.read(carried: String(decoding: garbled, as: UTF8.self), name: "x")
            #expect(result.document != nil || result.diagnostics.hasErrors, "\(place)")
        }
    }
}
