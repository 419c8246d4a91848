// Nodes: ControlNetApply, ControlNetApplyAdvanced, ControlNetInpaintingAliMamaApply, ControlNetApplySD3

internal import Checkpoints
internal import Diffusion
internal import Pictures
internal import WorkflowEngine

/// Steers sampling by a picture (the older node: positive side, whole run).
///
/// Entries of the negative side without a ControlNet of their own get it, too.
struct ControlNetApply: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let conditioning = try inputs.conditioning("conditioning")
        let strength = try inputs.float("strength")
        guard strength != 0 else { return .of(conditioning) }
        let application = ControlApplication(
            control: try inputs.controlNet("control_net"), hint: try inputs.image("image").pixels, strength: strength)
        return .of(
            conditioning.changed {
                $0.controls.append(application)
                $0.controlsApplyToOtherSide = true
            })
    }
}

/// Steers sampling by a picture, on both sides and for a part of the run.
struct ControlNetApplyAdvanced: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let sides = try ["positive", "negative"].map { try inputs.conditioning($0) }
        let strength = try inputs.float("strength")
        guard strength != 0 else { return .of(sides[0], sides[1]) }
        let range = ScheduleRange(start: try inputs.double("start_percent"), end: try inputs.double("end_percent"))
        let application = ControlApplication(
            control: try inputs.controlNet("control_net"), hint: try inputs.image("image").pixels, strength: strength,
            timestepRange: range)
        let steered = sides.map { side in
            side.changed {
                $0.controls.append(application)
                $0.controlsApplyToOtherSide = false
            }
        }
        return .of(steered[0], steered[1])
    }
}

/// The same for ControlNets that take a mask beside the hint. Those are made for families that Darkroom doesn't compute; all others
/// get the picture as it is, as in ComfyUI.
struct ControlNetInpaintingAliMamaApply: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        context.warn("this ControlNet takes no mask beside its picture: the mask has no effect")
        return try ControlNetApplyAdvanced().run(inputs, in: context)
    }
}

/// The same for ControlNets that read latents; those that Darkroom knows read pictures, so the VAE isn't asked.
struct ControlNetApplySD3: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try ControlNetApplyAdvanced().run(inputs, in: context)
    }
}
