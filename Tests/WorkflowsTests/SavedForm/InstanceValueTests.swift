import Formats
import Testing

@testable import Workflows

/// Values that belong to one instance of a subgraph or group node, and wires that are named in one graph and used in another.
@Suite("Values of instances") struct InstanceValueTests {
    /// What the inputs of the prompt's nodes come to, as `node.input=value` or `node.input<origin`.
    private func prompt(_ text: String) throws -> (inputs: [String], notes: [String]) {
        let converter = try UIConverter(try JSONReader.read(text).get(), catalog: NodeCatalog.project, options: UIConversionOptions())
        let inputs = converter.prompt().flatMap { node in
            node.inputs.map { input in
                switch input.value {
                case .literal(let tree): "\(node.id).\(input.name)=\(tree.scalarText ?? "null")"
                case .link(let origin, let slot): "\(node.id).\(input.name)<\(origin).\(slot)"
                }
            }
        }
        return (inputs, converter.notes.map(\.message))
    }

    private static let encoder =
        #"{"id": 6, "type": "CLIPTextEncode", "inputs": [{"name": "clip", "type": "CLIP", "link": 1}], "widgets_values": ["inside"]}"#

    private func subgraphs(_ definitions: String, _ instances: String, links: String = "") -> String {
        #"{"nodes": [\#(instances)], "links": [\#(links)], "definitions": {"subgraphs": [\#(definitions)]}}"#
    }

    private static let one =
        #"{"id": "sub", "name": "Sub", "inputs": [{"name": "clip", "type": "CLIP"}], "outputs": [], "links": [{"id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 6, "target_slot": 0}], "nodes": [\#(encoder)]}"#

    private func instance(_ id: Int, type: String = "sub", proxies: String, values: String) -> String {
        #"{"id": \#(id), "type": "\#(type)", "properties": {"proxyWidgets": \#(proxies)}, "widgets_values": \#(values)}"#
    }

    @Test("each instance has its own value for a widget inside that it shows, however the list is written")
    func proxies() throws {
        let text = subgraphs(
            Self.one,
            [
                instance(2, proxies: #"[["6", "text"]]"#, values: #"["a red house"]"#),
                instance(3, proxies: #"[["6", "6: text", "more"]]"#, values: #"["blurry"]"#),
                instance(4, proxies: #""[[\"6\", \"text\"]]""#, values: #"["as text"]"#),
                instance(5, proxies: #"[["6", "text"]]"#, values: "[null]"), instance(7, proxies: #"[["6", "text"]]"#, values: "[]"),
            ].joined(separator: ","))
        #expect(
            try prompt(text).inputs == [
                "2:6.text=a red house", "3:6.text=blurry", "4:6.text=as text", "5:6.text=inside", "7:6.text=inside",
            ])
    }

    @Test("an instance within an instance gets what the outer one shows of it, by its name or by the way to the widget")
    func nestedProxies() throws {
        func outer(_ id: String) -> String {
            #"{"id": "\#(id)", "name": "Outer", "inputs": [], "outputs": [], "links": [], "nodes": [\#(instance(9, proxies: #"[["6", "text"]]"#, values: #"["middle"]"#))]}"#
        }
        let text = subgraphs(
            Self.one + "," + outer("outer"),
            [
                instance(2, type: "outer", proxies: #"[["9", "text"]]"#, values: #"["by name"]"#),
                instance(3, type: "outer", proxies: #"[["9:6", "text"]]"#, values: #"["by way"]"#),
                instance(4, type: "outer", proxies: "[]", values: "[]"),
            ].joined(separator: ","))
        #expect(try prompt(text).inputs == ["2:9:6.text=by name", "3:9:6.text=by way", "4:9:6.text=middle"])
    }

    @Test("a GetNode finds its SetNode in its own graph, in those around it, and where there is only one of the name")
    func namedWires() throws {
        func getter(_ name: String) -> String { #"{"id": 1, "type": "GetNode", "widgets_values": ["\#(name)"]}"# }
        func sub(_ id: String, _ name: String, more: String = "") -> String {
            #"{"id": "\#(id)", "name": "S", "inputs": [], "outputs": [], "links": [{"id": 1, "origin_id": 1, "origin_slot": 0, "target_id": 6, "target_slot": 0}\#(more.isEmpty ? "" : #", {"id": 2, "origin_id": 8, "origin_slot": 0, "target_id": 7, "target_slot": 0}"#)], "nodes": [\#(getter(name)), \#(Self.encoder)\#(more)]}"#
        }
        let load =
            #"{"id": 1, "type": "CLIPLoader"}, {"id": 2, "type": "SetNode", "inputs": [{"name": "CLIP", "type": "CLIP", "link": 1}], "widgets_values": ["C"]}"#
        let inner =
            #", {"id": 8, "type": "CLIPLoader"}, {"id": 7, "type": "SetNode", "inputs": [{"name": "CLIP", "type": "CLIP", "link": 2}], "widgets_values": ["D"]}"#
        let text = subgraphs(
            [sub("around", "C"), sub("own", "D", more: inner), sub("elsewhere", "D"), sub("nowhere", "E")].joined(separator: ","),
            load
                + #", {"id": 3, "type": "around"}, {"id": 4, "type": "own"}, {"id": 5, "type": "elsewhere"}, {"id": 6, "type": "nowhere"}"#,
            links: #"[1, 1, 0, 2, 0, "CLIP"]"#)
        let (inputs, notes) = try prompt(text)
        #expect(
            inputs.filter { $0.contains(".clip<") }.sorted() == ["3:6.clip<1.0", "4:6.clip<4:8.0", "5:6.clip<4:8.0"])
        #expect(notes == [#"GetNode 1 takes "E", which no SetNode gives"#])
    }

    // MARK: Group nodes

    private func group(_ nodes: String, inputs: String, values: String, more: String = "", config: String = "{}") -> String {
        #"{"nodes": [{"id": 2, "type": "workflow>g", "inputs": [\#(inputs)], "widgets_values": \#(values)}\#(more)], "links": [[7, 9, 0, 2, 0, "STRING"]], "extra": {"groupNodes": {"g": {"nodes": [\#(nodes)], "links": [], "external": [], "config": \#(config)}}}}"#
    }

    private func text(_ stored: String, type: String = "CLIPTextEncode", title: String = "") -> String {
        #"{"type": "\#(type)", \#(title.isEmpty ? "" : #""title": "\#(title)", "#)"inputs": [{"name": "clip", "type": "CLIP", "link": null}], "widgets_values": \#(stored)}"#
    }

    @Test("values of a group node don't move up where a node inside is unknown: it counts with what the definition stores for it")
    func unknownInside() throws {
        let nodes =
            #"{"type": "Notes of a pack", "widgets_values": ["a", 2]}, "# + text(#"["b"]"#) + #", {"type": "Nothing stored"}, "#
            + text(#"["c"]"#)
        let found = try prompt(group(nodes, inputs: "", values: #"["a note", 3, "a red house", "blurry"]"#)).inputs
        #expect(found == ["2:1.text=a red house", "2:3.text=blurry"])
    }

    @Test("a link into a widget of a group node's instance reaches the node inside, by the name that the instance shows")
    func linkedWidgets() throws {
        let source = #", {"id": 9, "type": "PrimitiveString", "widgets_values": ["linked"]}"#
        let nodes = text(#"["a"]"#) + "," + text(#"["b"]"#, title: "Second") + "," + text(#"["c"]"#, title: "Second")
        func shown(_ name: String, config: String = "{}") throws -> [String] {
            try prompt(
                group(
                    nodes, inputs: #"{"name": "\#(name)", "type": "STRING", "link": 7, "widget": {"name": "\#(name)"}}"#,
                    values: #"["1", "2", "3"]"#, more: source, config: config)
            ).inputs.filter { $0.hasPrefix("2:") }
        }
        #expect(try shown("text") == ["2:0.text<9.0", "2:1.text=2", "2:2.text=3"])
        #expect(try shown("Second text") == ["2:0.text=1", "2:1.text<9.0", "2:2.text=3"])
        #expect(try shown("Second 2 text") == ["2:0.text=1", "2:1.text=2", "2:2.text<9.0"])
        #expect(
            try shown("negative", config: #"{"1": {"input": {"text": {"name": "negative"}}}}"#) == [
                "2:0.text=1", "2:1.text<9.0", "2:2.text=3",
            ])
    }

    // MARK: Loose ends

    @Test("a number of a link without a row is no link, and is told; beside ue_links, it says nothing")
    func looseLinks() throws {
        let nodes =
            #"{"id": 1, "type": "CLIPLoader", "outputs": [{"name": "CLIP", "type": "CLIP"}]}, {"id": 2, "type": "CLIPTextEncode", "inputs": [{"name": "clip", "type": "CLIP", "link": 101}], "widgets_values": ["x"]}"#
        let plain = try prompt(#"{"nodes": [\#(nodes)], "links": []}"#)
        #expect(plain.inputs.contains("2.text=x") && !plain.inputs.contains { $0.hasPrefix("2.clip") })
        #expect(plain.notes == [#"node 2: "clip" names link 101, of which the file has no row; it counts as not linked"#])
        let sent = try prompt(
            #"{"nodes": [\#(nodes)], "links": [], "extra": {"ue_links": [{"downstream": 2, "downstream_slot": 0, "upstream": "1", "upstream_slot": 0}], "links_added_by_ue": [101]}}"#
        )
        #expect(sent.inputs.contains("2.clip<1.0"))
        #expect(sent.notes.isEmpty)
        let gone = try prompt(#"{"nodes": [\#(nodes)], "links": [[101, 55, 0, 2, 0, "CLIP"]]}"#)
        #expect(gone.notes == ["node 2 is linked to node 55, which the file doesn't hold; it counts as not linked"])
    }

    @Test("a primitive gives its value to a socket without a widget, too")
    func primitiveToSocket() throws {
        let text =
            #"{"nodes": [{"id": 8, "type": "PrimitiveNode", "widgets_values": [3, "fixed"]}, {"id": 9, "type": "Any Switch (rgthree)", "inputs": [{"name": "any_01", "type": "*", "link": 10}]}], "links": [[10, 8, 0, 9, 0, "*"]]}"#
        #expect(try prompt(text).inputs == ["9.any_01=3"])
    }

    @Test("short names are ours: in ComfyUI's forms the same name is a class of some pack")
    func shortNames() throws {
        let catalog = NodeCatalog.project
        #expect(catalog.spec("Int", in: .yaml)?.type == "PrimitiveInt")
        #expect(catalog.spec("Int", in: .api) == nil)
        #expect(catalog.spec("PrimitiveInt", in: .ui)?.type == "PrimitiveInt")
        let api =
            #"{"1": {"class_type": "Int", "inputs": {"Number": 3}}, "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}}}"#
        let read = DocumentReader(catalog: catalog).read(text: api, name: "a.json")
        let document = try #require(read.document)
        let resolved = Resolver(catalog: catalog, files: AnyFileCatalog()).resolve(document)
        #expect(resolved.diagnostics.contains { $0.code == .unknownType && $0.message == #"no node type is called "Int""# })
    }
}
