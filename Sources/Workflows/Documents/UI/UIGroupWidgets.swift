internal import Formats

/// The widgets of a group node's instance: those of its inner nodes, one after another.
extension UIGroupNode {
    /// Gives the inner nodes of one instance the values that it stores, and the links that lead into its widgets.
    ///
    /// An inner node of a type that isn't known counts with the values that the definition stores for it, so that those behind it
    /// don't move up.
    ///
    /// - Parameter definition: gets a port for every widget that is linked.
    /// - Returns: that the instance stores more than its nodes take.
    static func spread(
        over graph: inout UIGraph, of definition: inout UIDefinition, instance: UINode, catalog: NodeCatalog
    ) -> UINote? {
        let stored = instance.widgetValues
        var rest = (stored?.elements ?? [])[...]
        var names = WidgetNames()
        for index in graph.nodes.indices {
            let node = graph.nodes[index]
            let widgets = widgets(of: node, catalog)
            for (widget, type) in widgets.inputs {
                let shown = names.next(for: widget, of: node, config: definition.config?[node.id])
                guard let slot = instance.input(named: shown), slot.link != nil else { continue }
                join(slot, to: widget, type: type, of: index, &graph, &definition)
            }
            guard widgets.count > 0, !rest.isEmpty else { continue }
            let own = node.widgetValues?.elements ?? []
            let given = Array(rest.prefix(widgets.count))
            rest = rest.dropFirst(widgets.count)
            graph.nodes[index].widgetValues = SourceTree(
                content: .sequence(given + own.dropFirst(given.count)), position: stored?.position ?? node.position)
        }
        guard rest.contains(where: { $0.content != .null && $0.string != "" }) else { return nil }
        return UINote(
            code: .leftOver,
            message:
                "node \(instance.id) (\(instance.type)) stores \(rest.count) values more than its inner nodes take; they have no effect",
            position: instance.position)
    }

    /// The widgets by name, and how many values are stored for them and for what stands behind them.
    private static func widgets(of node: UINode, _ catalog: NodeCatalog) -> (inputs: [(name: String, type: String)], count: Int) {
        let stored = node.widgetValues?.elements?.count ?? 0
        if VirtualNode.isPrimitive(node.type) { return ([("value", "*")], stored) }
        guard let spec = catalog.spec(node.type, in: .ui) else { return ([], stored) }
        let widgets = UIWidgets(spec: spec)
        return (widgets.inputs.map { ($0.name, $0.portType.description) }, widgets.storedCount)
    }

    private static func join(
        _ slot: UIInput, to widget: String, type: String, of index: Int, _ graph: inout UIGraph, _ definition: inout UIDefinition
    ) {
        let id = "widget \(definition.inputs.count)"
        graph.links[id] = UILink(
            origin: UILink.inputBoundary, originSlot: definition.inputs.count, target: graph.nodes[index].id, targetSlot: 0)
        definition.inputs.append(UIDefinition.Port(name: slot.widget ?? slot.name, type: type, isWidget: true))
        if let place = graph.nodes[index].inputs.lastIndex(where: { ($0.widget ?? $0.name) == widget }) {
            graph.nodes[index].inputs[place].link = id
        } else {
            graph.nodes[index].inputs.append(UIInput(name: widget, type: type, link: id, widget: widget))
        }
    }

    /// What the instance calls the widgets: their own names; a name that is taken gets the inner node's in front, and a number from the
    /// second time on.
    private struct WidgetNames {
        private var used: [String: Int] = [:]

        mutating func next(for widget: String, of node: UINode, config: SourceTree?) -> String {
            if let name = config?["input"]?[widget]?["name"]?.scalarText { return name }
            let count = used[widget, default: 0]
            used[widget] = count + 1
            guard count > 0 else { return widget }
            let prefixed = "\(node.title ?? node.type) \(widget)"
            let again = used[prefixed, default: 0]
            used[prefixed] = again + 1
            return again == 0 ? prefixed : "\(node.title ?? node.type) \(again + 1) \(widget)"
        }
    }
}
