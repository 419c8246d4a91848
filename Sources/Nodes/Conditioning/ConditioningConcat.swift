internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Appends the tokens of one conditioning to another's.
struct ConditioningConcat: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var conditioning = try inputs.conditioning("conditioning_to")
        guard let appended = try inputs.firstEntry("conditioning_from", of: context)?.embedding else { return .of(conditioning) }
        for index in conditioning.entries.indices {
            let embedding = conditioning.entries[index].embedding
            try checkSameWidth(embedding, appended, input: "conditioning_from")
            conditioning.entries[index].embedding = Tensor.concatenated([embedding, appended], along: 1)
        }
        return .of(conditioning)
    }
}
