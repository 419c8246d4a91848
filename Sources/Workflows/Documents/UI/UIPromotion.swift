internal import Formats

extension UILinkResolver {
    /// The value typed on the innermost of the instances passed that has one for its port; the outer ones come first.
    func promotedValue(_ passed: [(scope: Int, port: Int)]) -> UISource {
        for (scope, port) in passed.reversed() {
            guard let parent = scopes[scope].parent, !parent.definition.isGroupNode else { continue }
            let instance = scopes[parent.scope].graph.nodes[parent.node]
            if let value = storedValue(on: instance, port: port, scope: scope) { return .promoted(value) }
        }
        return passed.first.flatMap { firstInnerValue(port: $0.port, scope: $0.scope) }.map { .promoted($0) } ?? .nothing
    }

    /// What the first widget inside that an input is joined to has stored: without a value on the instance, all the widgets of that
    /// input show it.
    private func firstInnerValue(port: Int, scope: Int) -> SourceTree? {
        let graph = scopes[scope].graph
        let links = graph.links.filter { $0.value.origin == UILink.inputBoundary && $0.value.originSlot == port }
        guard links.count > 1, let first = links.keys.min(by: IDOrder.precedes) else { return nil }
        for node in graph.nodes {
            guard let input = node.inputs.first(where: { $0.link == first }), let spec = catalog.spec(node.type, in: .ui) else { continue }
            let name = input.widget ?? input.name
            return node.given(name) ?? UIWidgets(spec: spec).storedValue(name, in: node.widgetValues)
        }
        return nil
    }

    /// What an instance's `widgets_values` hold for an input of its definition.
    func storedValue(on instance: UINode, port: Int, scope: Int) -> SourceTree? {
        guard let parent = scopes[scope].parent else { return nil }
        let name = parent.definition.inputs.indices.contains(port) ? parent.definition.inputs[port].name : ""
        if let given = instance.given(name) { return given }
        guard let values = instance.widgetValues else { return nil }
        if values.entries != nil { return values[name] }
        guard let elements = values.elements, isPromoted(port, in: scope) else { return nil }
        if let proxies = instance.proxyWidgets, !proxies.isEmpty, proxies.count == elements.count {
            let place = proxies.firstIndex { $0.node == "-1" && $0.widget == name }
            return place.map { elements[$0] }
        }
        let place = (0..<port).count { isPromoted($0, in: scope) }
        return elements.indices.contains(place) ? elements[place] : nil
    }

    /// Whether an input of a scope's definition is joined to a widget inside, through nested instances too.
    private func isPromoted(_ port: Int, in scope: Int) -> Bool {
        let graph = scopes[scope].graph
        let links = graph.links.filter { $0.value.origin == UILink.inputBoundary && $0.value.originSlot == port }
        for (link, _) in links.sorted(by: { IDOrder.precedes($0.key, $1.key) }) {
            for (index, node) in graph.nodes.enumerated() {
                for input in node.inputs where input.link == link {
                    if let child = scopes[scope].children[index], let inner = scopes[child].parent?.definition {
                        if let port = inner.inputs.firstIndex(where: { $0.name == input.name }), isPromoted(port, in: child) {
                            return true
                        }
                        continue
                    }
                    if input.widget != nil { return true }
                    if catalog.spec(node.type, in: .ui)?.input(input.name)?.isWidget == true { return true }
                }
            }
        }
        return false
    }
}
