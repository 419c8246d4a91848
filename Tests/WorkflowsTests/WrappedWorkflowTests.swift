import Problems
import Testing

@testable import Workflows

@Suite("Workflows inside other data") struct WrappedWorkflowTests {
    static let api = #"{"1": {"class_type": "Number", "inputs": {"value": 3}}}"#
    static let ui = #"{"nodes": [{"id": 1, "type": "Number", "widgets_values": [3]}], "links": []}"#

    private func read(_ text: String) -> DocumentReader.Result { DocumentReader().read(text: text, name: "w.json") }

    @Test(
        "what the server takes is found at any depth, also in lists and as text, and the place is told",
        arguments: [
            (#"{"workflow": \#(ui), "output": \#(api)}"#, #""output""#), (#"{"input": {"workflow": \#(api)}}"#, #""input" → "workflow""#),
            (#"{"input": {"prompt": \#(api)}}"#, #""input""#), (#"[{"data": {"output": \#(api)}}]"#, #""0" → "data" → "output""#),
            (#"{"abc": {"prompt": [1, "abc", \#(api), {}, ["1"]], "outputs": {}}}"#, #""abc" → "prompt" → "2""#),
            (#"{"Prompt": "{\"1\": {\"class_type\": \"Number\", \"inputs\": {\"value\": 3}}}"}"#, #""Prompt""#),
        ])
    func found(text: String, place: String) throws {
        let result = read(text)
        let document = try #require(result.document, "\(result.diagnostics)")
        #expect(document.form == .api)
        #expect(document.nodes.map(\.type) == ["Number"])
        #expect(result.diagnostics.map(\.code) == [.wrappedWorkflow])
        #expect(result.diagnostics.first?.severity == .note)
        #expect(result.diagnostics.first?.message.contains(place) == true)
    }

    @Test("of several one is taken, and the others are named; pictures beside it are, too")
    func several() {
        let result = read(#"{"queue": [\#(Self.api), \#(Self.api)]}"#)
        #expect(result.document?.nodes.count == 1)
        #expect(result.diagnostics.map(\.severity) == [.warning])
        #expect(result.diagnostics.first?.message.contains(#""queue" → "1""#) == true)
        let pictures = read(#"{"input": {"workflow": \#(Self.api), "images": [{"name": "a.png", "image": "…"}]}}"#)
        #expect(pictures.diagnostics.contains { $0.severity == .warning && $0.message.contains("images") })
    }

    @Test("data without a workflow are none, however deep")
    func nothing() {
        for text in [
            #"{"a": {"b": [1, 2, {"nodes": []}]}}"#, #"{"nodes": [{"type": "invocation"}], "edges": []}"#, "[]", #"{"text": "{not json"}"#,
        ] {
            let result = read(text)
            #expect(result.document == nil)
            #expect(result.diagnostics.map(\.code) == [.unknownForm], "\(text)")
        }
    }

    @Test("values that came later get their defaults in a prompt out of a picture, with a warning each")
    func defaults() throws {
        let catalog = NodeCatalog(texts: [
            (
                "Grow",
                """
                type: Grow
                category: t
                summary: Grows.
                inputs: {a: {type: MASK}, by: {type: INT, default: 6}, how: {choices: [x, y]}, size: {type: FLOAT, default: 1.5}, opt: {type: INT, optional: true, default: 1}, text: {type: STRING}}
                outputs: [{name: MASK, type: MASK}]
                version: 1
                """
            )
        ])
        var document = try #require(
            read(#"{"1": {"class_type": "Grow", "inputs": {"size": 2}}, "2": {"class_type": "Other", "inputs": {}}}"#).document)
        let notes = document.fillDefaults(catalog: catalog)
        #expect(document.nodes[0].inputs.map(\.name) == ["size", "by", "how"])
        #expect(document.nodes[0].input("by")?.value == .number("6"))
        #expect(document.nodes[0].input("how")?.value == .string("x"))
        #expect(notes.map(\.severity) == [.warning, .warning])
        #expect(document.hangsTogether)
    }

    @Test("a prompt whose links lead nowhere doesn't hang together")
    func looseLinks() throws {
        let document = try #require(read(#"{"1": {"class_type": "A", "inputs": {"a": ["7", 0]}}}"#).document)
        #expect(!document.hangsTogether)
    }

    @Test("names of other programs get the suggestion that a list has for them")
    func suggestions() {
        let spec = InputSpec.ChoiceSpec(
            choices: ["dpmpp_2m", "euler"], multiple: false, otherNames: [ChoiceList.key("DPM++ 2M"): "\"dpmpp_2m\""])
        #expect(spec.mismatch(of: "dpm++ 2m", written: "x").hint == "did you mean \"dpmpp_2m\"?")
        #expect(ChoiceList.key("DPM++ 2M Karras") == "dpm++2mkarras")
    }
}
