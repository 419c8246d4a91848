import Testing

@testable import Workflows

/// What a saved workflow holds and nothing takes is told: each of these changed the result without a word before.
@Suite("Left-overs of saved workflows") struct LeftOverTests {
    private func notes(_ nodes: String, links: String = "", more: String = "") throws -> [String] {
        let text = #"{"nodes": [\#(nodes)], "links": [\#(links)]\#(more)}"#
        let result = DocumentReader(catalog: .project).read(text: text, name: "w.json")
        #expect(result.document != nil)
        return result.diagnostics.map { "\($0.severity) \($0.code.rawValue): \($0.message)" }
    }

    private static let sampler = #""widgets_values": [5, "fixed", 4, 4, "euler", "normal", 1]"#

    private func node(_ id: Int, _ type: String, _ rest: String = "") -> String {
        #"{"id": \#(id), "type": "\#(type)"\#(rest.isEmpty ? "" : ", " + rest)}"#
    }

    @Test("a plain file says nothing")
    func plain() throws {
        #expect(try notes(node(1, "KSampler", Self.sampler)).isEmpty)
        #expect(try notes(node(1, "LoadImage", #""widgets_values": ["a.png", "image"]"#)).isEmpty)
        #expect(try notes(node(1, "CLIPTextEncode", #""widgets_values": ["a", null, "", []]"#)).isEmpty)
        #expect(try notes(node(1, "SaveImage", #""widgets_values": {"filename_prefix": "a"}"#)).isEmpty)
        #expect(try notes(node(1, "Unknown of some pack", #""widgets_values": [1, 2, 3]"#)).isEmpty)
    }

    @Test(
        "nodes, links and definitions that can't be read, or come twice",
        arguments: [
            (#"{"type": "Note"}"#, "", "left-over: among the nodes there is a map without id or type"),
            (#"{"id": 3, "type": null}"#, "", "left-over: among the nodes there is a map"),
            ("null", "", "left-over: among the nodes there is nothing"),
            (#"{"id": 1, "type": "Note"}"#, "", "duplicate-key: two nodes have the id 1"),
            (#"{"id": 2, "type": "Note"}"#, "[1, 2]", "left-over: this row of links is none"),
            (#"{"id": 2, "type": "Note"}"#, #"[1, 2, 0, 1, 0, "A"], [1, 2, 1, 1, 0, "A"]"#, "duplicate-key: two links have the number 1"),
        ])
    func graph(node extra: String, links: String, expected: String) throws {
        let found = try notes(node(1, "KSampler", Self.sampler) + ", " + extra, links: links)
        #expect(found.count == 1 && found.first?.contains("warning " + expected) == true, "\(found)")
    }

    @Test("the same link twice is one link; of two subgraphs with one id the last counts")
    func twice() throws {
        let row = #"[1, 2, 0, 1, 0, "A"]"#
        #expect(try notes(node(1, "Note") + "," + node(2, "Note"), links: row + "," + row).isEmpty)
        let subgraph = #"{"id": "s", "name": "S", "nodes": [], "links": []}"#
        let found = try notes(node(1, "Note"), more: #", "definitions": {"subgraphs": [\#(subgraph), \#(subgraph)]}"#)
        #expect(found.count == 1 && found.first?.contains("duplicate-key: two subgraphs have the id") == true, "\(found)")
    }

    @Test(
        "stored values that no widget takes, or that aren't what they stand for",
        arguments: [
            (
                "KSampler", #"[5, "fixed", 4, 4, "euler", "normal", 1, "more", 9]"#,
                "it stores 9 values and has widgets for 7; \"more\", 9 have no effect"
            ),
            ("KSampler", #"{"seed": 5, "bogus": 2}"#, "it has no widget \"bogus\"; 2 has no effect"),
            ("KSampler", #"[5, "randomise", 4, 4, "euler", "normal", 1]"#, "\"randomise\" behind seed says no way to move on"),
            ("CLIPTextEncode", #"[["a", "b"]]"#, "text: a list becomes the text \"a,b\""),
            ("CLIPTextEncode", #""a""#, "its widgets_values are a text, no list"),
        ])
    func values(type: String, stored: String, expected: String) throws {
        let found = try notes(node(1, type, #""widgets_values": \#(stored)"#))
        #expect(found.count == 1 && found.first?.contains("node 1 (\(type)): \(expected)") == true, "\(found)")
    }

    private func primitive(_ values: String) throws -> [String] {
        let inputs = #""inputs": [{"name": "steps", "type": "INT", "link": 1, "widget": {"name": "steps"}}]"#
        return try notes(
            node(1, "KSampler", Self.sampler + ", " + inputs) + "," + node(2, "PrimitiveNode", #""widgets_values": \#(values)"#),
            links: #"[1, 2, 0, 1, 0, "INT"]"#)
    }

    @Test("a primitive's value that becomes another one in its widget, or that isn't there")
    func primitives() throws {
        for good in [#"[3, "fixed"]"#, #"[3.0]"#, #"["3"]"#] { #expect(try primitive(good).isEmpty, "\(good)") }
        for (values, becomes) in [("[3.7]", "3.7 becomes 4"), (#"["x"]"#, "\"x\" becomes 1"), ("[99999]", "99999 becomes 10000")] {
            let found = try primitive(values)
            #expect(found.count == 1 && found.first?.contains("value-converted: 1.steps: a primitive's \(becomes)") == true, "\(found)")
        }
        #expect(try primitive("[]").first?.contains("PrimitiveNode 2 holds no value") == true)
    }

    @Test("two nodes that give a named wire, and a way that goes round in a circle")
    func wires() throws {
        let input = #""inputs": [{"name": "model", "type": "MODEL", "link": 1}]"#
        let getter = node(2, "GetNode", #""widgets_values": ["m"]"#)
        func setter(_ id: Int) -> String {
            node(id, "SetNode", #""widgets_values": ["m"], "inputs": [{"name": "M", "type": "MODEL", "link": 2}]"#)
        }
        let found = try notes(
            [
                node(1, "KSampler", Self.sampler + ", " + input), getter, setter(3), setter(4),
                node(5, "CheckpointLoaderSimple", #""widgets_values": ["a"]"#),
            ]
            .joined(separator: ","),
            links: #"[1, 2, 0, 1, 0, "MODEL"], [2, 5, 0, 3, 0, "MODEL"]"#)
        #expect(found.count == 1 && found.first?.contains("duplicate-key: nodes 3 and 4 both give \"m\"") == true, "\(found)")
        func reroute(_ id: Int, _ link: Int) -> String { node(id, "Reroute", #""inputs": [{"name": "", "type": "*", "link": \#(link)}]"#) }
        let circle = try notes(
            [node(1, "KSampler", Self.sampler + ", " + input), reroute(2, 2), reroute(3, 3)].joined(separator: ","),
            links: #"[1, 2, 0, 1, 0, "MODEL"], [2, 3, 0, 2, 0, "*"], [3, 2, 0, 3, 0, "*"]"#)
        #expect(circle.count == 1 && circle.first?.contains("goes round in a circle") == true, "\(circle)")
    }

    @Test("values that an instance holds for what isn't inside")
    func instances() throws {
        func found(_ proxies: String, _ values: String) throws -> [String] {
            let inside = node(7, "CLIPTextEncode", #""widgets_values": ["a"]"#)
            return try notes(
                node(1, "s", #""properties": {"proxyWidgets": \#(proxies)}, "widgets_values": \#(values)"#),
                more: #", "definitions": {"subgraphs": [{"id": "s", "name": "S", "nodes": [\#(inside)], "links": []}]}"#)
        }
        #expect(try found(#"[["7", "text"]]"#, #"["b"]"#).isEmpty)
        #expect(
            try found(#"[["8", "text"]]"#, #"["b"]"#).first?.contains("holds \"b\" for \"text\" of an inner node \"8\" that isn't there")
                == true)
        #expect(try found(#"[["7", "txet"]]"#, #"["b"]"#).first?.contains("has no widget \"txet\": \"b\"") == true)
        #expect(try found(#"[["7", "text"]]"#, #"["b", "c"]"#).first?.contains("stores 2 values for 1 widgets") == true)
    }
}
