internal import Diffusion
internal import Pictures
internal import Samplers
internal import WorkflowEngine

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
