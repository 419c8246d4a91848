internal import WorkflowEngine

/// Shows any value as text: texts as they are, numbers and switches as Python writes them, all else by its type.
struct PreviewAny: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let text: String =
            switch inputs["source"] {
            case nil: "None"
            case let value as String: value
            case let value as Bool: value ? "True" : "False"
            case let value as Int64: String(value)
            case let value as UInt64: String(value)
            case let value as Double: String(value)
            case let value?: "\(value.typeName) of \(value.byteCount) bytes"
            }
        return NodeOutputs(texts: [text])
    }
}
