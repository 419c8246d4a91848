internal import Checkpoints
internal import Diffusion
internal import Tensors

/// Group `sigmas`: noise levels, conversions and schedules for each way a model may have been trained.
enum SigmaCases {
    static func compare(_ golden: GoldenCase, _ tensors: any TensorSource) throws -> Comparison {
        var comparison = Comparison(tolerance: golden.tolerance)
        let values = golden.values(in: tensors)
        guard let variant = golden.variant, let settings = settings[variant] else {
            throw GoldenError("no such variant: \(golden.variant ?? "none")")
        }
        let sampling = ModelSampling(settings)
        if let rows = golden.rows {
            let all = try values("values").floats
            for row in rows { try compare(row, sampling, all, &comparison) }
            return comparison
        }
        comparison.compare(Tensor(sampling.sigmas), to: try values("sigmas"), name: "sigmas")
        let timesteps = try values("timestep_query").floats
        comparison.compare(
            timesteps.map(sampling.sigma(timestep:)), to: try values("sigma_of_timestep").floats, name: "sigma_of_timestep")
        let sigmas = try values("sigma_query").floats
        comparison.compare(
            sigmas.map(sampling.timestep), to: try values("timestep_of_sigma").floats, name: "timestep_of_sigma")
        comparison.compare(
            (golden.percent_query ?? []).map(sampling.sigma(percent:)), to: golden.percent_to_sigma ?? [],
            name: "percent_to_sigma")
        return comparison
    }

    /// The sigmas that KSampler walks along, as it cuts them for denoise and for samplers that leave one out.
    private static func compare(
        _ row: GoldenCase.ScheduleRow, _ sampling: ModelSampling, _ all: [Float], _ comparison: inout Comparison
    ) throws {
        let name = "\(row.scheduler), \(row.steps) steps, denoise \(row.denoise)\(row.discard_penultimate ? ", one left out" : "")"
        let found = try Scheduler.named(row.scheduler).sigmas(
            sampling, steps: row.steps, denoise: row.denoise, discardsPenultimate: row.discard_penultimate)
        comparison.compare(found, to: Array(all[row.start..<(row.start + row.count)]), name: name)
    }

    private static let settings: [String: SamplingSettings] = [
        "eps": .sd1,
        "v": SamplingSettings(prediction: .v),
        "v-zsnr": SamplingSettings(prediction: .v, schedule: .discreteZeroSNR),
        "lcm": SamplingSettings(prediction: .lcm, schedule: .distilled),
        "x0": SamplingSettings(prediction: .x0),
        "edm-eps": SamplingSettings(prediction: .eps, schedule: .continuousEDM(sigmaMin: 0.002, sigmaMax: 120)),
        "edm-v": SamplingSettings(prediction: .v, schedule: .continuousEDM(sigmaMin: 0.03, sigmaMax: 500)),
        "edm-edm": SamplingSettings(
            prediction: .edm, schedule: .continuousEDM(sigmaMin: 0.002, sigmaMax: 80), sigmaData: 0.5),
    ]
}
