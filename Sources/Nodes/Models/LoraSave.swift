internal import Checkpoints
internal import Diffusion
internal import LinearAlgebra
internal import Networks
internal import WorkflowEngine

/// Writes the difference between two models, as a merge gives it, as a LoRA.
struct LoraSave: Node {
    var readsExternalContent: Bool { true }

    /// The bits of the file are those of the library that decomposes.
    func externalContents(_ inputs: NodeInputs, in services: NodeServices) throws -> [ExternalContent] {
        [.setting(name: "linear algebra", value: try DenseAlgebra.identity())]
    }

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let model: Model? = try inputs.optional("model_diff")
        let encoder: TextEncoder? = try inputs.optional("text_encoder_diff")
        if model == nil, encoder == nil { return NodeOutputs() }
        let rank = try inputs.int("rank")
        let kind: SavedTensors.DifferenceKind = try inputs.choice("lora_type")
        let withBiases = try inputs.boolean("bias_diff")
        var tensors = SavedTensors()
        if let model {
            tensors.addDifference(
                try model.parameters(), of: try model.patchedContent(), prefix: "diffusion_model.", rank: rank, kind: kind,
                withBiases: withBiases)
        }
        for (part, patched) in zip(encoder?.models ?? [], try encoder?.patchedContents() ?? []) {
            let key = part.configuration.key
            tensors.addDifference(
                try part.parameters(in: patched), of: patched, below: key + ".", prefix: "text_encoders.\(key).transformer.", rank: rank,
                kind: kind, withBiases: withBiases)
        }
        return try context.save(tensors, prefix: inputs.string("filename_prefix"))
    }
}
