// Nodes: ModelSamplingDiscrete, ModelSamplingContinuousEDM, ModelSamplingContinuousV

internal import Diffusion
internal import Samplers
internal import WorkflowEngine

/// Says what a model on the 1000 timesteps predicts.
struct ModelSamplingDiscrete: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let zeroSNR = try inputs.boolean("zsnr")
        let schedule: SamplingSettings.Schedule = zeroSNR ? .discreteZeroSNR : .discrete
        let settings: SamplingSettings
        switch try inputs.choice("sampling") {
        case "eps": settings = SamplingSettings(prediction: .eps, schedule: schedule)
        case "v_prediction": settings = SamplingSettings(prediction: .v, schedule: schedule)
        case "lcm":
            settings = SamplingSettings(prediction: .lcm, schedule: zeroSNR ? .distilledZeroSNR : .distilled)
        case "x0": settings = SamplingSettings(prediction: .x0, schedule: schedule)
        case let other: throw unsupported(other)
        }
        return try inputs.patchedModel(SamplingOverride(settings))
    }
}

/// Says what a model on a continuous range of noise levels predicts.
struct ModelSamplingContinuousEDM: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let schedule = SamplingSettings.Schedule.continuousEDM(
            sigmaMin: try inputs.double("sigma_min"), sigmaMax: try inputs.double("sigma_max"))
        let settings: SamplingSettings
        switch try inputs.choice("sampling") {
        case "eps": settings = SamplingSettings(prediction: .eps, schedule: schedule)
        case "v_prediction": settings = SamplingSettings(prediction: .v, schedule: schedule)
        case "edm": settings = SamplingSettings(prediction: .edm, schedule: schedule, sigmaData: 0.5)
        case let other: throw unsupported(other)
        }
        return try inputs.patchedModel(SamplingOverride(settings))
    }
}

/// Says that a model predicts the velocity on a continuous range of noise levels.
struct ModelSamplingContinuousV: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let schedule = SamplingSettings.Schedule.continuousV(
            sigmaMin: try inputs.double("sigma_min"), sigmaMax: try inputs.double("sigma_max"))
        return try inputs.patchedModel(SamplingOverride(SamplingSettings(prediction: .v, schedule: schedule)))
    }
}

private func unsupported(_ sampling: String) -> NodeError {
    NodeError(
        .unsupported, input: "sampling", "\"\(sampling)\" is for a family of models that isn't computed here",
        hint: "eps and v_prediction are what Stable Diffusion models predict")
}
