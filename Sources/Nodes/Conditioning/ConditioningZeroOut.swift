internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Replaces text embeddings by zeros; all else stays.
struct ConditioningZeroOut: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var conditioning = try inputs.conditioning("conditioning")
        for index in conditioning.entries.indices {
            let entry = conditioning.entries[index]
            conditioning.entries[index].embedding = .zeros(entry.embedding.shape)
            conditioning.entries[index].pooled = entry.pooled.map { .zeros($0.shape) }
        }
        return .of(conditioning)
    }
}
