internal import Checkpoints
internal import Diffusion
internal import Networks
internal import Tensors
internal import WorkflowEngine

/// Puts the style of a seen picture behind a text.
struct StyleModelApply: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let strength = try inputs.float("strength", default: 1)
        if try inputs.string("strength_type", default: "multiply") == "attn_bias", strength != 1 {
            throw NodeError(
                .unsupported, input: "strength_type", "attn_bias weighs tokens inside the attention of Flux, which isn't computed here",
                hint: "multiply scales the tokens themselves")
        }
        let style = try inputs.value("style_model", as: StyleModel.self)
        var tokens = try style.tokens(of: inputs.value("clip_vision_output", as: VisionOutput.self))
        if strength != 1 { tokens = tokens * strength }
        var conditioning = try inputs.conditioning("conditioning")
        for index in conditioning.entries.indices {
            let text = conditioning.entries[index].embedding
            guard text.shape[2] == tokens.shape[2] else {
                throw NodeError(
                    .badValue, input: "style_model", "its tokens are \(tokens.shape[2]) numbers wide, those of the text \(text.shape[2])",
                    hint: "the published style model belongs to Stable Diffusion 1")
            }
            conditioning.entries[index].embedding = Tensor.concatenated(
                [text, tokens.repeatedToBatch(text.shape[0])], along: 1)
        }
        return .of(conditioning)
    }
}
