internal import Diffusion
internal import Networks
internal import Pictures
internal import WorkflowEngine

/// Enlarges a picture with a network.
struct ImageUpscaleWithModel: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let model: UpscaleModel = try inputs.value("upscale_model")
        let image = try model.upscaled(inputs.image("image")) { done, count in
            try context.checkCancellation()
            context.progress(done, of: count)
        }
        return .of(image)
    }
}
