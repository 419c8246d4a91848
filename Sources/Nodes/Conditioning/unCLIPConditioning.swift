internal import Checkpoints
internal import Diffusion
internal import Networks
internal import WorkflowEngine

/// Adds a seen picture to what steers a model.
struct unCLIPConditioning: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let conditioning = try inputs.conditioning("conditioning")
        let strength = try inputs.float("strength")
        guard strength != 0 else { return .of(conditioning) }
        let picture = SeenPicture(
            embedding: try inputs.value("clip_vision_output", as: VisionOutput.self).embedding, strength: strength,
            noiseAugmentation: try inputs.double("noise_augmentation"))
        return .of(conditioning.changed { $0.seenPictures.append(picture) })
    }
}
