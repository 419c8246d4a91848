// Nodes: BasicGuider, CFGGuider, DualCFGGuider, PerpNegGuider

internal import Diffusion
internal import Tensors
internal import WorkflowEngine

// MARK: Guiders

/// One text, no guidance.
struct BasicGuider: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(Guider(model: try inputs.value("model"), guidance: .single(try inputs.conditioning("conditioning"))))
    }
}

/// Classifier-free guidance by a positive and a negative text.
struct CFGGuider: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            Guider(
                model: try inputs.value("model"),
                guidance: .classifierFree(
                    positive: try inputs.conditioning("positive"), negative: try inputs.conditioning("negative"),
                    cfg: try inputs.float("cfg"))))
    }
}

/// Guidance by two texts and a negative one.
struct DualCFGGuider: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            Guider(
                model: try inputs.value("model"),
                guidance: .dual(
                    first: try inputs.conditioning("cond1"), second: try inputs.conditioning("cond2"),
                    negative: try inputs.conditioning("negative"), cfgFirst: try inputs.float("cfg_conds"),
                    cfgSecond: try inputs.float("cfg_cond2_negative"),
                    nested: try inputs.string("style", default: "regular") == "nested")))
    }
}

/// Guidance that keeps what the negative text shares with the positive.
struct PerpNegGuider: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            Guider(
                model: try inputs.value("model"),
                guidance: .perpendicular(
                    positive: try inputs.conditioning("positive"), negative: try inputs.conditioning("negative"),
                    empty: try inputs.conditioning("empty_conditioning"), cfg: try inputs.float("cfg"),
                    negativeScale: try inputs.float("neg_scale"))))
    }
}
