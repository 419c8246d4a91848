internal import Formats

/// Group nodes, which came before subgraphs: an instance's type is `workflow>NAME`, its inside lies in `extra.groupNodes`.
///
/// Turned into a subgraph definition, so that one machinery serves both. Ends of links are indices into the inner nodes; inner ids
/// are those indices.
enum UIGroupNode {
    static func definition(named name: String, from tree: SourceTree, reader: UIFileReader) -> UIDefinition {
        var notes: [UINote] = []
        var nodes: [UINode] = []
        for (index, node) in (tree["nodes"]?.elements ?? []).enumerated() {
            if let node = reader.node(node, id: String(index)) {
                nodes.append(node)
            } else {
                notes.append(
                    UINote(
                        code: .leftOver, message: "\(node.kind) in the group node \"\(name)\" has no type; it is left out",
                        position: node.position))
            }
        }
        var builder = Builder()
        for row in tree["links"]?.elements ?? [] {
            guard let cells = row.elements, cells.count >= 4, let origin = cells[0].scalarText.flatMap({ Int($0) }),
                let target = cells[2].scalarText.flatMap({ Int($0) })
            else {
                // Ends outside of the group are null: they say what the interface says.
                if row.elements?.contains(where: { $0.content == .null }) != true {
                    notes.append(
                        UINote(
                            code: .leftOver, message: "this link in the group node \"\(name)\" is none; it is left out",
                            position: row.position))
                }
                continue
            }
            builder.join(
                origin: origin, slot: cells[1].scalarText.flatMap { Int($0) } ?? 0, target: target,
                targetSlot: cells[3].scalarText.flatMap { Int($0) } ?? 0, nodes: &nodes)
        }
        let external = (tree["external"]?.elements ?? []).compactMap { entry -> Builder.Slot? in
            guard let cells = entry.elements, cells.count >= 2, let node = cells[0].scalarText.flatMap({ Int($0) }) else { return nil }
            return Builder.Slot(node: node, slot: cells[1].scalarText.flatMap { Int($0) } ?? 0)
        }
        builder.external = Set(external)
        builder.addInterface(&nodes, config: tree["config"])
        var graph = UIGraph(nodes: nodes, links: builder.links)
        graph.notes = notes
        return UIDefinition(
            name: name, inputs: builder.inputs, outputs: builder.outputs, graph: graph,
            isGroupNode: true, config: tree["config"])
    }

    struct Builder {
        struct Slot: Hashable {
            var node: Int
            var slot: Int
        }

        var links: [String: UILink] = [:]
        var inputs: [UIDefinition.Port] = []
        var outputs: [UIDefinition.Port] = []
        var external: Set<Slot> = []
        private var usedInside: Set<Slot> = []
        private var linkedInside: Set<Slot> = []

        mutating func join(origin: Int, slot: Int, target: Int, targetSlot: Int, nodes: inout [UINode]) {
            guard let index = nodes.firstIndex(where: { $0.id == String(target) }), nodes[index].inputs.indices.contains(targetSlot)
            else { return }
            let id = "inner \(links.count)"
            links[id] = UILink(origin: String(origin), originSlot: slot, target: String(target), targetSlot: targetSlot)
            nodes[index].inputs[targetSlot].link = id
            usedInside.insert(Slot(node: origin, slot: slot))
            linkedInside.insert(Slot(node: target, slot: targetSlot))
        }

        /// Sockets that nothing inside feeds become inputs, outputs that nothing inside uses become outputs.
        mutating func addInterface(_ nodes: inout [UINode], config: SourceTree?) {
            for index in nodes.indices {
                guard let number = Int(nodes[index].id) else { continue }
                let settings = config?[nodes[index].id]
                for slot in nodes[index].inputs.indices where !linkedInside.contains(Slot(node: number, slot: slot)) {
                    let input = nodes[index].inputs[slot]
                    nodes[index].inputs[slot].link = nil
                    if settings?["input"]?[input.name]?["visible"]?.content == .boolean(false) { continue }
                    let id = "outer \(inputs.count)"
                    links[id] = UILink(
                        origin: UILink.inputBoundary, originSlot: inputs.count, target: nodes[index].id, targetSlot: slot)
                    nodes[index].inputs[slot].link = id
                    let name = settings?["input"]?[input.name]?["name"]?.scalarText ?? input.name
                    inputs.append(UIDefinition.Port(name: name, type: input.type))
                }
                for slot in nodes[index].outputTypes.indices {
                    let place = Slot(node: number, slot: slot)
                    let visible = settings?["output"]?[String(slot)]?["visible"]?.content
                    guard visible != .boolean(false), !usedInside.contains(place) || external.contains(place) || visible == .boolean(true)
                    else { continue }
                    links["exit \(outputs.count)"] = UILink(
                        origin: nodes[index].id, originSlot: slot, target: UILink.outputBoundary, targetSlot: outputs.count)
                    outputs.append(UIDefinition.Port(name: "", type: nodes[index].outputTypes[slot]))
                }
            }
        }
    }
}
