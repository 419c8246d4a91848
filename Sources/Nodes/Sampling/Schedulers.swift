// Nodes: BasicScheduler, KarrasScheduler, ExponentialScheduler, PolyexponentialScheduler, LaplaceScheduler, VPScheduler,
// BetaSamplingScheduler, SDTurboScheduler, AlignYourStepsScheduler, GITSScheduler, OptimalStepsScheduler, LTXVScheduler

internal import Diffusion
internal import Samplers
internal import Tensors
internal import WorkflowEngine

/// A schedule by name, for a model's own noise levels.
struct BasicScheduler: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let model: Model = try inputs.value("model")
        let sigmas = try Scheduler.named(inputs.choice("scheduler")).sigmas(
            ModelSampling(model.samplingSettings), steps: inputs.int("steps"), denoise: inputs.double("denoise"), wholeFrom: 1)
        return .of(Sigmas(sigmas))
    }
}

/// Karras's schedule between two noise levels.
struct KarrasScheduler: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let range = try inputs.sigmaRange()
        return .of(Sigmas(sigmasKarras(steps: range.steps, from: range.max, to: range.min, rho: try inputs.double("rho"))))
    }
}

/// Equal steps in log sigma.
struct ExponentialScheduler: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let range = try inputs.sigmaRange()
        return .of(Sigmas(sigmasExponential(steps: range.steps, from: range.max, to: range.min)))
    }
}

/// Steps in log sigma, made uneven by a power.
struct PolyexponentialScheduler: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let range = try inputs.sigmaRange()
        return .of(
            Sigmas(sigmasPolyexponential(steps: range.steps, from: range.max, to: range.min, rho: try inputs.double("rho"))))
    }
}

/// Quantiles of a Laplace distribution of log sigma.
struct LaplaceScheduler: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let range = try inputs.sigmaRange()
        return .of(
            Sigmas(
                sigmasLaplace(
                    steps: range.steps, from: range.max, to: range.min, mu: try inputs.double("mu"),
                    beta: try inputs.double("beta"))))
    }
}

/// Noise levels of the variance preserving SDE.
struct VPScheduler: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            Sigmas(
                sigmasVP(
                    steps: try inputs.int("steps"), betaD: try inputs.double("beta_d"), betaMin: try inputs.double("beta_min"),
                    epsilon: try inputs.double("eps_s"))))
    }
}

/// Timesteps at the quantiles of a beta distribution.
struct BetaSamplingScheduler: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let model: Model = try inputs.value("model")
        return .of(
            Sigmas(
                sigmasBeta(
                    ModelSampling(model.samplingSettings), steps: try inputs.int("steps"), alpha: try inputs.double("alpha"),
                    beta: try inputs.double("beta"))))
    }
}

/// The few timesteps of a turbo model.
struct SDTurboScheduler: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let model: Model = try inputs.value("model")
        return .of(
            Sigmas(
                sigmasTurbo(
                    ModelSampling(model.samplingSettings), steps: try inputs.int("steps"), denoise: try inputs.double("denoise"))))
    }
}

/// Noise levels optimised for few steps, by Align Your Steps.
struct AlignYourStepsScheduler: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let kind: AlignedSteps = try inputs.choice("model_type")
        return .of(Sigmas(kind.sigmas(steps: try inputs.int("steps"), denoise: try inputs.double("denoise"))))
    }
}

/// Noise levels that follow the shape of sampling trajectories, by GITS.
struct GITSScheduler: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            Sigmas(
                sigmasGITS(
                    coefficient: try inputs.double("coeff"), steps: try inputs.int("steps"),
                    denoise: try inputs.double("denoise"))))
    }
}

/// Noise levels optimised for few steps, by OptimalSteps.
struct OptimalStepsScheduler: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let kind: OptimalSteps = try inputs.choice("model_type")
        return .of(Sigmas(kind.sigmas(steps: try inputs.int("steps"), denoise: try inputs.double("denoise"))))
    }
}

/// The shifted schedule of a flow model, for a number of tokens.
struct LTXVScheduler: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let tokens = try inputs.optionalLatent("latent").map { $0.samples.shape.dropFirst(2).reduce(1, *) }
        return .of(
            Sigmas(
                sigmasShifted(
                    steps: try inputs.int("steps"), tokens: tokens ?? 4096, baseShift: try inputs.double("base_shift"),
                    maxShift: try inputs.double("max_shift"),
                    terminal: try inputs.boolean("stretch") ? try inputs.double("terminal") : nil)))
    }
}

extension NodeInputs {
    /// Steps and the two ends of a schedule.
    fileprivate func sigmaRange() throws -> (steps: Int, max: Float, min: Float) {
        (try int("steps"), try float("sigma_max"), try float("sigma_min"))
    }
}
