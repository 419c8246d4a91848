internal import Formats

extension ResolvedGraph {
    /// The API form of the graph: canonical types, converted literals, defaults spelled out. ComfyUI takes it, pictures
    /// carry it, and reading it again gives the same graph.
    public var promptText: String {
        var json = JSONText()
        json.object(nodes, key: \.name) { json, node in
            json.raw("{\"inputs\": ")
            json.object(node.inputs, key: \.name) { json, input in
                switch input.binding {
                case .literal(let value): json.literal(value)
                case .link(let source):
                    json.raw("[")
                    json.string(nodes[source.node].name)
                    json.raw(", \(source.output)]")
                }
            }
            json.raw(", \"class_type\": ")
            json.string(node.spec.type)
            json.raw(", \"_meta\": {\"title\": ")
            json.string(node.title)
            json.raw("}}")
        }
        return json.text
    }
}

extension JSONText {
    /// A literal value. A list is wrapped, so that it isn't taken for a link.
    fileprivate mutating func literal(_ value: Scalar) {
        if case .list = value {
            raw("{\"__value__\": ")
            plain(value)
            raw("}")
        } else {
            plain(value)
        }
    }

    private mutating func plain(_ value: Scalar) {
        switch value {
        case .integer(let value): raw(value.description)
        case .float(let value): number(value)
        case .boolean(let value): raw(value ? "true" : "false")
        case .string(let value): string(value)
        case .list(let elements): array(elements) { $0.plain($1) }
        }
    }
}
