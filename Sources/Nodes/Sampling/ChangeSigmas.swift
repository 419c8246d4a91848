internal import Diffusion
internal import Pictures
internal import WorkflowEngine

/// Cuts a noise schedule in two at a step.
struct SplitSigmas: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let (high, low) = try inputs.value("sigmas", as: Sigmas.self).split(at: inputs.int("step"))
        return .of(high, low)
    }
}

/// Cuts a noise schedule in two so that the second part is a share of the steps.
struct SplitSigmasDenoise: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let (high, low) = try inputs.value("sigmas", as: Sigmas.self).split(denoise: inputs.double("denoise"))
        return .of(high, low)
    }
}

/// Turns a noise schedule round.
struct FlipSigmas: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.value("sigmas", as: Sigmas.self).flipped())
    }
}

/// Sets the first noise level of a schedule.
struct SetFirstSigma: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.value("sigmas", as: Sigmas.self).replacingFirst(inputs.float("sigma")))
    }
}

/// Puts further noise levels between those of a schedule.
struct ExtendIntermediateSigmas: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            try inputs.value("sigmas", as: Sigmas.self).extended(
                steps: inputs.int("steps"), from: inputs.float("start_at_sigma"), to: inputs.float("end_at_sigma"),
                spacing: inputs.choice("spacing")))
    }
}

/// The noise level at a share of a model's schedule.
struct SamplingPercentToSigma: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let model: Model = try inputs.value("model")
        let percent = try inputs.double("sampling_percent")
        let sampling = ModelSampling(model.samplingSettings)
        // The ends of the schedule are far outside the model's levels; its own can be asked for instead.
        guard try inputs.boolean("return_actual_sigma") else { return .of(sampling.sigma(percent: percent)) }
        if percent == 0 { return .of(Double(sampling.sigmaMax)) }
        if percent == 1 { return .of(Double(sampling.sigmaMin)) }
        return .of(sampling.sigma(percent: percent))
    }
}

/// Draws a noise schedule.
struct DrawSigmas: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            try inputs.value("sigmas", as: Sigmas.self).chart(
                width: inputs.int("width"), height: inputs.int("height"), logarithmic: inputs.boolean("logarithmic")))
    }
}
