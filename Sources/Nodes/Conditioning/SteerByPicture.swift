internal import Checkpoints
internal import Diffusion
internal import WorkflowEngine

/// Loads a checkpoint that is steered by pictures, with the vision model inside it.
struct unCLIPCheckpointLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let source = try CheckpointFile.open(try context.path(of: inputs.string("ckpt_name"), kind: "checkpoints"))
        var outputs = try CheckpointLoaderSimple.parts(of: Checkpoint(source))
        // A file without one still loads: the message comes when somebody asks for it.
        outputs.values.append((try? VisionEncoder(source)).map { .value($0) } ?? .absent)
        return outputs
    }
}

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
