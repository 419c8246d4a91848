internal import Formats

/// A value that an instance of a subgraph holds for a widget inside: what `properties.proxyWidgets` names.
///
/// Every instance has its own, so the value belongs to the node within this instance, not to the definition.
struct UIGivenWidget {
    /// Ids from the node that holds it inwards: empty for a widget of the node itself, `["5", "7"]` for one of node 7 inside of 5.
    var path: [String]
    var widget: String
    var value: SourceTree
}

extension UIGivenWidget {
    /// Says that nothing took it.
    func note(on instance: UINode) -> UINote {
        UINote(
            code: .leftOver,
            message: "node \(instance.id) holds \(WorkflowDocument.Value(value).excerpt) for \"\(widget)\" of an inner node "
                + "\"\(path.joined(separator: ":"))\" that isn't there; it has no effect", position: value.position)
    }
}

extension UINode {
    /// An instance whose values can't be told apart: as many widgets are shown as there are values, or nobody knows which is whose.
    func noteOfUnmatchedValues() -> UINote? {
        guard let proxies = proxyWidgets, !proxies.isEmpty, let values = widgetValues?.elements, values.count > proxies.count,
            !proxies.contains(where: { $0.node == "-1" }), !inputs.contains(where: { $0.widget != nil })
        else { return nil }
        return UINote(
            code: .leftOver,
            message: "node \(id) stores \(values.count) values for \(proxies.count) widgets; none of them has an effect", position: position
        )
    }

    /// What is given for one of its own widgets by the instances around it; the outermost counts.
    func given(_ widget: String) -> SourceTree? { given.first { $0.path.isEmpty && $0.widget == widget }?.value }

    /// What this instance holds for the nodes inside: first what it got from further out, then its own.
    ///
    /// Lists that name the interface's own inputs too (`-1`) come from versions whose other entries are mere views: those hold nothing.
    func givenInside() -> [UIGivenWidget] {
        var result = given.filter { !$0.path.isEmpty }
        guard let proxies = proxyWidgets, let values = widgetValues?.elements, proxies.count == values.count,
            !proxies.contains(where: { $0.node == "-1" })
        else { return result }
        for (proxy, value) in zip(proxies, values) where !proxy.widget.hasPrefix("$$") {
            let value = given(proxy.widget) ?? value
            guard value.content != .null else { continue }
            result.append(UIGivenWidget(path: proxy.node.split(separator: ":").map(String.init), widget: proxy.widget, value: value))
        }
        return result
    }

    /// `properties.proxyWidgets`: which widgets an instance shows, in the order of its values. A list, or a list written as text.
    var proxyWidgets: [(node: String, widget: String)]? {
        guard var list = properties?["proxyWidgets"] else { return nil }
        if let text = list.string {
            guard let parsed = JSONReader.read(text).tree else { return nil }
            list = parsed
        }
        return list.elements?.compactMap { pair in
            guard let cells = pair.elements, cells.count >= 2, let node = cells[0].scalarText, let widget = cells[1].scalarText
            else { return nil }
            return (node, Self.withoutPrefix(widget, node))
        }
    }

    /// Old names carry the inner node's id in front: `7: text`.
    private static func withoutPrefix(_ widget: String, _ node: String) -> String {
        let prefix = "\(node.split(separator: ":").last ?? ""): "
        return widget.hasPrefix(prefix) ? String(widget.dropFirst(prefix.count)) : widget
    }
}

extension UIGraph {
    /// Hands values to the nodes that they are meant for.
    ///
    /// - Returns: those whose node isn't here.
    mutating func give(_ values: [UIGivenWidget]) -> [UIGivenWidget] {
        var lost: [UIGivenWidget] = []
        for value in values {
            if let first = value.path.first, let index = indexOfNode[first] {
                nodes[index].given.append(UIGivenWidget(path: Array(value.path.dropFirst()), widget: value.widget, value: value.value))
            } else {
                lost.append(value)
            }
        }
        return lost
    }
}
