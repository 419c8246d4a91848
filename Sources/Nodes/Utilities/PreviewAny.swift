internal import WorkflowEngine
internal import Workflows

/// Shows any value as text: texts as they are, numbers and switches as Python writes them, all else by its type.
struct PreviewAny: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let text: String =
            switch inputs["source"].flatMap({ Scalar($0) }) {
            case .string(let value): value
            case .boolean(let value): value ? "True" : "False"
            case .integer(let value): value.description
            case .float(let value): String(value)
            case .list, nil: inputs["source"].map { "\($0.typeName) of \($0.byteCount) bytes" } ?? "None"
            }
        return NodeOutputs(texts: [text])
    }
}
