import Formats
import Testing

import ToySpecs
@testable import Workflows

/// Links of saved workflows that are found by following, or by rule.
@Suite("Links of saved workflows") struct UIGraphTests {
    private func node(_ id: Int, _ type: String, link: Int?) -> UINode {
        UINode(
            id: "\(id)", type: type, title: nil, mode: .active,
            inputs: [UIInput(name: "value", type: "*", link: link.map { "\($0)" }, widget: nil)], outputTypes: ["*"], widgetValues: nil,
            properties: nil, position: SourcePosition(line: 1, column: 1))
    }

    @Test("a way of 20,000 reroutes is followed once, however many inputs are behind it")
    func reroutes() {
        let count = 20_000
        var nodes = [node(0, "Number", link: nil)]
        var links: [String: UILink] = [:]
        for index in 1...count {
            links["\(index)"] = UILink(origin: "\(index - 1)", originSlot: 0, target: "\(index)", targetSlot: 0)
            nodes.append(node(index, "Reroute", link: index))
        }
        for index in 0..<count {
            // At the end, and all along the way.
            let origin = index % 2 == 0 ? count : index + 1
            links["c\(index)"] = UILink(origin: "\(origin)", originSlot: 0, target: "x", targetSlot: 0)
        }
        let scopes = [UIScope(graph: UIGraph(nodes: nodes, links: links), prefix: "", parent: nil, isOff: false)]
        let resolver = UILinkResolver(scopes: scopes, catalog: toySpecs)
        for index in 0..<count {
            guard case .output("0", 0) = resolver.source(of: "c\(index)", in: 0, wanted: "INT") else {
                Issue.record("consumer \(index) isn't joined to the number")
                return
            }
        }
        #expect(resolver.memory.steps < 4 * count, "\(resolver.memory.steps) steps")
        #expect(resolver.memory.steps >= 2 * count)
    }

    // MARK: Broadcasts

    /// The links that are added to a workflow, as `target.input<origin.slot`.
    private func links(_ nodes: [String], _ rows: [String] = [], extra: String = "", groups: String = "") throws -> (
        links: [String], notes: [String]
    ) {
        let text =
            "{\"nodes\": [\(nodes.joined(separator: ","))], \"links\": [\(rows.joined(separator: ","))], \"groups\": [\(groups)], \"extra\": {\(extra)}}"
        let graph = UIFileReader.read(try JSONReader.read(text).get()).root
        let found = graph.nodes.flatMap { node in
            node.inputs.compactMap { input -> String? in
                guard let id = input.link, id.hasPrefix("everywhere"), let link = graph.links[id] else { return nil }
                return "\(node.id).\(input.name)<\(link.origin).\(link.originSlot)"
            }
        }
        return (found, graph.notes.map(\.message))
    }

    private static let loader =
        #"{"id": 1, "type": "CheckpointLoaderSimple", "outputs": [{"name": "MODEL", "type": "MODEL"}, {"name": "CLIP", "type": "CLIP"}, {"name": "VAE", "type": "VAE"}]}"#
    private static let sampler =
        #"{"id": 3, "type": "KSampler", "inputs": [{"name": "model", "type": "MODEL", "link": null}, {"name": "positive", "type": "CONDITIONING", "link": null}, {"name": "negative", "type": "CONDITIONING", "link": null}, {"name": "seed", "type": "INT", "widget": {"name": "seed"}, "link": null}], "outputs": [{"name": "LATENT", "type": "LATENT"}]}"#
    private static func prompt(_ id: Int, _ properties: String = "") -> String {
        "{\"id\": \(id), \"type\": \"CLIPTextEncode\", \"title\": \"Prompt \(id)\", \"inputs\": [{\"name\": \"clip\", \"type\": \"CLIP\", \"link\": null}], \"outputs\": [{\"name\": \"CONDITIONING\", \"type\": \"CONDITIONING\"}], \"properties\": {\(properties)}}"
    }
    private static func sender(_ id: Int, _ type: String, _ inputs: [(String, Int)], _ rest: String = "") -> String {
        let slots = inputs.map { "{\"name\": \"anything\", \"type\": \"\($0.0)\", \"link\": \($0.1)}" }.joined(separator: ",")
        return "{\"id\": \(id), \"type\": \"\(type)\", \"mode\": 0, \"inputs\": [\(slots)]\(rest)}"
    }
    private static let fromLoader = ["[10, 1, 0, 9, 0, \"MODEL\"]", "[11, 1, 1, 9, 1, \"CLIP\"]"]

    @Test("by type to every input without a link, prompts by name")
    func byType() throws {
        let (found, notes) = try links(
            [
                Self.loader, Self.prompt(6), Self.prompt(7), Self.sampler,
                Self.sender(9, "Anything Everywhere3", [("MODEL", 10), ("CLIP", 11)]),
                Self.sender(8, "Prompts Everywhere", [("CONDITIONING", 12), ("CONDITIONING", 13)]),
            ], Self.fromLoader + ["[12, 6, 0, 8, 0, \"CONDITIONING\"]", "[13, 7, 0, 8, 1, \"CONDITIONING\"]"])
        #expect(found == ["6.clip<1.1", "7.clip<1.1", "3.model<1.0", "3.positive<6.0", "3.negative<7.0"])
        #expect(notes.isEmpty)
    }

    @Test("a pattern comes before all that has none; what is left open gets nothing, and is said")
    func priorities() throws {
        let other = Self.loader.replacing("\"id\": 1", with: "\"id\": 2")
        let rows = ["[10, 1, 1, 9, 0, \"CLIP\"]", "[11, 2, 1, 8, 0, \"CLIP\"]"]
        let plain = try links(
            [
                Self.loader, other, Self.prompt(6), Self.sender(9, "Anything Everywhere", [("CLIP", 10)]),
                Self.sender(8, "Anything Everywhere", [("CLIP", 11)]),
            ], rows)
        #expect(plain.links.isEmpty)
        #expect(plain.notes.first?.contains("nodes 9 and 8 both send CLIP to Prompt 6.clip") == true, "\(plain.notes)")
        func titled(_ pattern: String) throws -> [String] {
            try links(
                [
                    Self.loader, other, Self.prompt(6), Self.prompt(7), Self.sender(9, "Anything Everywhere", [("CLIP", 10)]),
                    Self.sender(8, "Anything Everywhere?", [("CLIP", 11)], ", \"widgets_values\": [\"\(pattern)\", \".*\"]"),
                ], rows
            ).links
        }
        #expect(try titled("7$") == ["6.clip<1.1", "7.clip<2.1"])
        #expect(try titled("^Prompt [5-6]$") == ["6.clip<2.1", "7.clip<1.1"])
        let broken = try links(
            [Self.loader, Self.prompt(6), Self.sender(9, "Anything Everywhere?", [("CLIP", 10)], ", \"widgets_values\": [\"(?=x)\"]")], rows
        )
        #expect(broken.links.isEmpty && broken.notes.count == 1)
    }

    @Test("a seed goes to widgets that may be linked; muted senders send nothing; what rejects gets nothing")
    func widgets() throws {
        let seed =
            #"{"id": 5, "type": "Seed Everywhere", "inputs": [], "outputs": [{"name": "INT", "type": "INT"}], "widgets_values": [7, "fixed"]}"#
        let open = Self.sampler.replacing(
            "\"id\": 3,", with: "\"id\": 3, \"properties\": {\"ue_properties\": {\"widget_ue_connectable\": {\"seed\": true}}},")
        #expect(try links([seed, Self.sampler]).links.isEmpty)
        #expect(try links([seed, open]).links == ["3.seed<5.0"])
        #expect(try links([seed.replacing("\"id\": 5", with: "\"id\": 5, \"mode\": 2"), open]).links.isEmpty)
        #expect(
            try links(
                [Self.loader, Self.prompt(6, "\"rejects_ue_links\": true"), Self.sender(9, "Anything Everywhere", [("CLIP", 10)])],
                ["[10, 1, 1, 9, 0, \"CLIP\"]"]
            ).links.isEmpty)
    }

    @Test("from version 7 any node may broadcast what its settings say; groups restrict")
    func settings() throws {
        func sending(_ id: Int, _ pattern: String) -> String {
            Self.prompt(id, "\"ue_convert\": true, \"ue_properties\": {\"version\": \"7.0.1\", \"input_regex\": \"\(pattern)\"}")
        }
        #expect(try links([sending(6, "positive"), sending(7, "negative"), Self.sampler]).links == ["3.positive<6.0", "3.negative<7.0"])
        #expect(
            try links([
                sending(6, "pos"), Self.prompt(7, "\"ue_convert\": true, \"ue_properties\": {\"version\": \"7.1\", \"priority\": 99}"),
                Self.sampler,
            ]).links == ["3.positive<7.0", "3.negative<7.0"])
        let placed = Self.sampler.replacing("\"id\": 3,", with: "\"id\": 3, \"pos\": [10, 10], \"size\": [20, 20],")
        let grouped = Self.sender(9, "Anything Everywhere?", [("MODEL", 10)], ", \"widgets_values\": [\"\", \"\", \"^Draft\"]")
        let box = #"{"title": "Draft one", "bounding": [0, 0, 100, 100]}"#
        #expect(try links([Self.loader, placed, grouped], ["[10, 1, 0, 9, 0, \"MODEL\"]"], groups: box).links == ["3.model<1.0"])
        #expect(try links([Self.loader, placed, grouped], ["[10, 1, 0, 9, 0, \"MODEL\"]"]).links.isEmpty)
    }

    @Test("a stored list wins")
    func stored() throws {
        let list =
            #""ue_links": [{"downstream": 3, "downstream_slot": 0, "upstream": "1", "upstream_slot": 0, "controller": 9, "type": "MODEL"}]"#
        let found = try links(
            [Self.loader, Self.prompt(6), Self.sampler, Self.sender(9, "Anything Everywhere3", [("MODEL", 10), ("CLIP", 11)])],
            Self.fromLoader, extra: list)
        #expect(found.links == ["3.model<1.0"])
    }

    @Test("patterns are read as JavaScript reads them, and take no time to speak of")
    func patterns() throws {
        func occurs(_ pattern: String, _ text: String) throws -> Bool { try LinearPattern(pattern).occurs(in: text) }
        #expect(try occurs("a.c", "xabcx") && !occurs("^a.c$", "xabcx"))
        #expect(try occurs("(neg|un)ative?$", "the negativ") && occurs("[^a-z ]", "ab1") && !occurs("[^a-z ]", "a b"))
        #expect(
            try occurs(#"\bcat\b"#, "a cat.") && !occurs(#"\bcat\b"#, "concat") && occurs(#"\d{2,3}x"#, "a123x") && !occurs("^a{2}$", "aaa")
        )
        #expect(try occurs("a|", "zzz") && occurs("", "") && occurs("(?:ab)+c", "ababc") && occurs("a{x", "a{x") && occurs(#"\."#, "a.b"))
        #expect(try !occurs("(a*)*b", String(repeating: "a", count: 5000)))
        for bad in ["(", "a)", "[a", "*a", "(?=a)", #"(a)\1"#, "a{999}", String(repeating: "(", count: 99)] {
            #expect(throws: LinearPattern.Unreadable.self, "\(bad)") { try LinearPattern(bad) }
        }
    }
}
