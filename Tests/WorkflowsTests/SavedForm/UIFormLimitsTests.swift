import Testing

@testable import Workflows

/// Saved workflows that nobody's window wrote.
@Suite("UI form, hostile") struct UIFormLimitsTests {
    private func read(_ text: String) -> DocumentReader.Result { DocumentReader(catalog: .project).read(text: text, name: "test") }

    @Test("a circle of reroutes or bypassed nodes ends where it closes, however many inputs lead into it")
    func circles() throws {
        for kind in [#""type": "Reroute", "mode": 0"#, #""type": "LatentUpscaleBy", "mode": 4"#] {
            let circle = (0..<40).map {
                #"{"id": \#($0), \#(kind), "inputs": [{"name": "samples", "type": "LATENT", "link": \#($0)}], "outputs": [{"name": "LATENT", "type": "LATENT"}]}"#
            }
            let savers = (100..<2100).map {
                #"{"id": \#($0), "type": "SaveLatent", "inputs": [{"name": "samples", "type": "LATENT", "link": 0}], "widgets_values": ["x"]}"#
            }
            let links = (0..<40).map { #"[\#($0), \#(($0 + 1) % 40), 0, \#($0), 0, "LATENT"]"# }
            let text =
                #"{"nodes": [\#((circle + savers).joined(separator: ","))], "links": [\#(links.joined(separator: ","))], "version": 0.4}"#
            let document = try #require(read(text).document)
            #expect(document.nodes.count == 2000)
            #expect(document.nodes.allSatisfy { $0.input("samples") == nil }, "nothing comes out of a circle")
        }
    }

    @Test("subgraphs nested deeper than anybody nests are refused")
    func depth() {
        let definitions = (0..<200).map {
            #"{"id": "d\#($0)", "name": "d\#($0)", "inputs": [], "outputs": [], "nodes": [{"id": 1, "type": "d\#($0 + 1)"}], "links": []}"#
        }
        let text =
            #"{"nodes": [{"id": 1, "type": "d0"}], "links": [], "version": 0.4, "definitions": {"subgraphs": [\#(definitions.joined(separator: ","))]}}"#
        let result = read(text)
        #expect(result.document == nil)
        #expect(result.diagnostics.contains { $0.code == .recursiveSubgraph })
    }
}
