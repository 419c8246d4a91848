internal import Checkpoints
internal import Diffusion
internal import Pictures
internal import WorkflowEngine

/// Loads a ControlNet or a T2I-Adapter; which one is read off its tensors.
struct ControlNetLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try loadControlNet(inputs, in: context, base: nil))
    }
}

/// Loads a ControlNet that was stored as the difference from a model.
struct DiffControlNetLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try loadControlNet(inputs, in: context, base: try inputs.value("model", as: Model.self)))
    }
}

private func loadControlNet(_ inputs: NodeInputs, in context: NodeContext, base: Model?) throws -> ControlNet {
    let name = try inputs.string("control_net_name")
    let source = try CheckpointFile.open(try context.path(of: name, kind: "controlnet"))
    return try ControlNet(detecting: source, fileName: name, base: try base?.patchedContent())
}

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

/// Gives ControlNets a text of their own.
struct CLIPTextEncodeControlnet: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let text = try CLIPTextEncode.encoded(inputs, in: context).entries.first?.embedding
        return .of(try inputs.conditioning("conditioning").changed { $0.controlEmbedding = text })
    }

    var readsExternalContent: Bool { true }

    func externalContents(_ inputs: NodeInputs, in services: NodeServices) throws -> [ExternalContent] {
        try CLIPTextEncode().externalContents(inputs, in: services)
    }
}

/// The same for ControlNets that read latents; those that Darkroom knows read pictures, so the VAE isn't asked.
struct ControlNetApplySD3: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try ControlNetApplyAdvanced().run(inputs, in: context)
    }
}

/// Tells a ControlNet of many kinds which kind of hint it gets.
struct SetUnionControlNetType: Node {
    /// In the order of the published models' tasks.
    private static let kinds = [
        "openpose", "depth", "hed/pidi/scribble/ted", "canny/lineart/anime_lineart/mlsd", "normal", "segment", "tile", "repaint",
    ]

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var control = try inputs.controlNet("control_net")
        control.hintKind = Self.kinds.firstIndex(of: try inputs.choice("type"))
        return .of(control)
    }
}
