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
    fileprivate mutating func literal(_ value: any WorkflowValue) {
        if let list = value as? ValueList {
            raw("{\"__value__\": ")
            plain(list)
            raw("}")
        } else {
            plain(value)
        }
    }

    private mutating func plain(_ value: any WorkflowValue) {
        switch value {
        case let value as Int64: raw(String(value))
        case let value as UInt64: raw(String(value))
        case let value as Double: number(value)
        case let value as Bool: raw(value ? "true" : "false")
        case let value as String: string(value)
        case let value as ValueList: array(value.elements) { $0.plain($1) }
        default: raw("null")
        }
    }
}
