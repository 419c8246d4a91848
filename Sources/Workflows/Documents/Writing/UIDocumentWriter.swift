internal import Formats

/// Writes a workflow as ComfyUI's window saves it (version 0.4), laid out from left to right.
public struct UIDocumentWriter {
    private let document: WorkflowDocument
    private let catalog: NodeCatalog
    /// Number of each node, by name: its own where it is a whole number, else one that is free.
    private var ids: [String: Int] = [:]
    private var links: [Link] = []
    /// Link ids by origin node and slot.
    private var linksFrom: [String: [Int: [Int]]] = [:]
    private var diagnostics: [Diagnostic] = []

    private struct Link {
        var id: Int
        var origin: Int
        var originSlot: Int
        var target: Int
        var targetSlot: Int
        var type: String
    }

    /// The JSON text, and a warning for everything that it can't say.
    ///
    /// - Parameter document: with links by output number, as the API and UI forms have them.
    public static func write(_ document: WorkflowDocument, catalog: NodeCatalog) -> (text: String, diagnostics: [Diagnostic]) {
        var writer = UIDocumentWriter(document, catalog: catalog)
        return (writer.text(), writer.diagnostics)
    }

    private init(_ document: WorkflowDocument, catalog: NodeCatalog) {
        self.document = document
        self.catalog = catalog
        var taken = Set(document.nodes.compactMap { Int($0.name) })
        var free = 1
        for node in document.nodes where ids[node.name] == nil {
            if let number = Int(node.name), String(number) == node.name {
                ids[node.name] = number
                continue
            }
            while !taken.insert(free).inserted { free += 1 }
            ids[node.name] = free
        }
    }

    // MARK: Slots

    /// The slots that a node's `inputs` list: sockets first, then widgets that take a link.
    private func slots(of node: WorkflowDocument.Node) -> [(name: String, type: String, link: WorkflowDocument.Link?, isWidget: Bool)] {
        func link(_ name: String) -> WorkflowDocument.Link? {
            guard case .link(let link)? = node.input(name)?.value else { return nil }
            return link
        }
        guard let spec = catalog.spec(node.type, in: document.form) else {
            return node.inputs.compactMap { input in link(input.name).map { (input.name, "*", $0, false) } }
        }
        let sockets = spec.inputs.filter { !$0.isWidget }.map { ($0.name, $0.portType.description, link($0.name), false) }
        let widgets = spec.inputs.filter { $0.isWidget && link($0.name) != nil }.map {
            ($0.name, $0.portType.description, link($0.name), true)
        }
        return sockets + widgets
    }

    private mutating func collectLinks() {
        for node in document.nodes {
            for (index, slot) in slots(of: node).enumerated() {
                guard case .slot(let origin, let originSlot)? = slot.link, let originID = ids[origin], let target = ids[node.name]
                else { continue }
                links.append(
                    Link(
                        id: links.count + 1, origin: originID, originSlot: originSlot, target: target, targetSlot: index, type: slot.type))
                linksFrom[origin, default: [:]][originSlot, default: []].append(links.count)
            }
            for input in node.inputs
            where catalog.spec(node.type, in: document.form)?.inputs.contains(where: { $0.name == input.name }) == false {
                lost("input \"\(input.name)\" isn't one of \(node.type)'s; left out", node, input.name, input.namePosition)
            }
        }
    }

    // MARK: Writing

    private mutating func text() -> String {
        collectLinks()
        let places = layout()
        var nodes: [String] = []
        var linkNumbers: [String: [String: Int]] = [:]
        let nodeByID = Dictionary(document.nodes.map { (ids[$0.name] ?? 0, $0) }) { first, _ in first }
        for link in links {
            guard let target = nodeByID[link.target] else { continue }
            linkNumbers[target.name, default: [:]][slots(of: target)[link.targetSlot].name] = link.id
        }
        for (order, node) in document.nodes.enumerated() {
            nodes.append("    " + nodeText(node, order: order, place: places[order], links: linkNumbers[node.name] ?? [:]))
        }
        let rows = links.map { link in
            var json = JSONText()
            json.raw("    [\(link.id), \(link.origin), \(link.originSlot), \(link.target), \(link.targetSlot), ")
            json.string(link.type)
            json.raw("]")
            return json.text
        }
        let lastNode = ids.values.max() ?? 0
        return """
            {
              "last_node_id": \(lastNode),
              "last_link_id": \(links.count),
              "nodes": [
            \(nodes.joined(separator: ",\n"))
              ],
              "links": [
            \(rows.joined(separator: ",\n"))
              ],
              "groups": [],
              "config": {},
              "extra": {},
              "version": 0.4
            }

            """
    }

    private mutating func nodeText(_ node: WorkflowDocument.Node, order: Int, place: (x: Int, y: Int), links: [String: Int]) -> String {
        let spec = catalog.spec(node.type, in: document.form)
        let type = spec?.type ?? node.type
        var json = JSONText()
        json.raw("{\"id\": \(ids[node.name] ?? 0), \"type\": ")
        json.string(type)
        json.raw(", \"pos\": [\(place.x), \(place.y)], \"size\": [\(Self.width), \(height(of: node))], \"flags\": {}")
        json.raw(", \"order\": \(order), \"mode\": 0, ")
        // A name in words would be lost with the number that takes its place.
        let title = node.title ?? (Int(node.name) == nil ? node.name : nil)
        if let title, title != spec?.display {
            json.raw("\"title\": ")
            json.string(title)
            json.raw(", ")
        }
        json.raw("\"inputs\": ")
        json.array(slots(of: node)) { json, slot in
            json.raw("{\"name\": ")
            json.string(slot.name)
            json.raw(", \"type\": ")
            json.string(slot.type)
            if slot.isWidget {
                json.raw(", \"widget\": {\"name\": ")
                json.string(slot.name)
                json.raw("}")
            }
            json.raw(", \"link\": \(links[slot.name].map(String.init) ?? "null")}")
        }
        json.raw(", \"outputs\": ")
        let used = linksFrom[node.name] ?? [:]
        let outputs = spec?.outputs ?? (0...(used.keys.max() ?? 0)).map { OutputSpec(name: "\($0)", type: .any) }
        json.array(outputs.enumerated()) { json, output in
            json.raw("{\"name\": ")
            json.string(output.element.name)
            json.raw(", \"type\": ")
            json.string(output.element.type.description)
            json.raw(", \"links\": [\((used[output.offset] ?? []).map(String.init).joined(separator: ", "))]}")
        }
        json.raw(", \"properties\": {\"Node name for S&R\": ")
        json.string(type)
        json.raw("}, \"widgets_values\": ")
        if let spec {
            let texts = Set(
                spec.inputs.filter {
                    if case .string(let text) = $0.kind { text.dynamicPrompts } else { false }
                }.map(\.name))
            json.array(
                UIWidgets(spec: spec).storedValues { name in
                    switch node.input(name)?.value {
                    case nil, .link?: nil
                    case .string(let text)? where texts.contains(name): .string(DynamicPrompt.escaped(text))
                    case let value?: value
                    }
                }
            ) { $0.plainDocumentValue($1) }
            for input in node.inputs {
                if texts.contains(input.name), case .string(let text) = input.value,
                    DynamicPrompt.resolve(DynamicPrompt.escaped(text), choose: { _ in 0 }) != text
                {
                    lost("the window takes a part of this text for a comment or a choice", node, input.name, input.valuePosition)
                }
            }
        } else {
            json.raw("[]")
            for input in node.inputs {
                if case .link = input.value { continue }
                lost(
                    "\(node.type) is unknown, so the order of its widgets is; \"\(input.name)\" is left out", node, input.name,
                    input.namePosition)
            }
        }
        json.raw("}")
        return json.text
    }

    private mutating func lost(_ message: String, _ node: WorkflowDocument.Node, _ input: String, _ place: SourcePosition?) {
        diagnostics.append(
            Diagnostic(
                .warning, .lostInConversion, message, file: document.fileName(at: place), position: place, node: node.name, input: input,
                hint: DiagnosticCode.lostInConversion.hint))
    }

    // MARK: Layout

    private static let width = 320

    /// About what the window needs: a line for each slot and widget, more for long texts.
    private func height(of node: WorkflowDocument.Node) -> Int {
        guard let spec = catalog.spec(node.type, in: document.form) else { return 100 }
        let widgets = spec.inputs.filter(\.isWidget)
        let texts = widgets.count {
            if case .string(let text) = $0.kind { text.multiline } else { false }
        }
        let rows = max(spec.inputs.count - widgets.count, spec.outputs.count) + widgets.count
        return 40 + rows * 24 + texts * 100
    }

    private func layout() -> [(x: Int, y: Int)] {
        let index = Dictionary(document.nodes.enumerated().map { ($1.name, $0) }) { first, _ in first }
        let layers = GraphLayers(
            sources: document.nodes.map { node in
                node.inputs.compactMap { input in
                    if case .link(.slot(let origin, _)) = input.value { index[origin] } else { nil }
                }
            })
        var places = [(x: Int, y: Int)](repeating: (0, 0), count: document.nodes.count)
        for (column, nodes) in layers.columns.enumerated() {
            var y = 0
            for node in nodes {
                places[node] = (column * (Self.width + 60), y)
                y += height(of: document.nodes[node]) + 60
            }
        }
        return places
    }
}

extension UIWidgets {
    /// The list of values as the window would save it: control entries say "fixed", upload entries "image".
    func storedValues(_ value: (String) -> WorkflowDocument.Value?) -> [WorkflowDocument.Value] {
        fullLayout.map { entry in
            switch entry {
            case .input(let input): value(input.name) ?? WorkflowDocument.Value(self.default(of: input))
            case .control: .string("fixed")
            case .filter: .string("")
            case .upload: .string("image")
            case .dummy: .null
            }
        }
    }
}
