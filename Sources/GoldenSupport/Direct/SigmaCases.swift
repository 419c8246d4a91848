internal import Checkpoints
internal import Diffusion
internal import Samplers
internal import Tensors

/// Group `sigmas`: noise levels, conversions and schedules for each way a model may have been trained.
enum SigmaCases {
    /// - Parameter cases: the whole group: a case of schedules takes its range from the case that describes the same model.
    static func compare(
        _ golden: GoldenCase, among cases: [GoldenCase], _ tensors: any TensorSource
    ) throws -> Comparison {
        var comparison = Comparison(tolerance: golden.tolerance)
        let values = golden.values(in: tensors)
        let described = ([golden] + cases).first { $0.variant == golden.variant && $0.sigma_max != nil }
        let range = described.flatMap { described in
            described.sigma_min.flatMap { least in described.sigma_max.map { (least: least, most: $0) } }
        }
        guard let variant = golden.variant, let settings = settings(of: variant, range: range) else {
            throw MissingFeature("model sampling \(golden.variant ?? "without a name")")
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

    /// The settings that a variant's name stands for: what the network predicts, and the schedule where it isn't the usual
    /// one. `v`, `x0-zsnr`, `lcm`, `edm-eps`, `cont-v`; the two parts stand in either order.
    ///
    /// - Parameter range: smallest and largest sigma, which continuous schedules need.
    /// - Returns: `nil` for names with other parts.
    static func settings(of variant: String, range: (least: Double, most: Double)?) -> SamplingSettings? {
        var parts = variant.split(separator: "-").map(String.init)
        func takes(_ name: String) -> Bool {
            guard parts.count > 1, let place = parts.firstIndex(of: name) else { return false }
            parts.remove(at: place)
            return true
        }
        let isZeroSNR = takes("zsnr")
        let isEDM = takes("edm"), isContinuous = !isEDM && (takes("cont") || takes("continuous"))
        let isUpscaling = takes("upscaling")
        guard parts.count == 1, let prediction = SamplingSettings.Prediction(rawValue: parts[0]) else { return nil }
        // The networks that Karras et al. trained expect latents of half the standard deviation.
        let sigmaData: Float = prediction == .edm ? 0.5 : 1
        let schedule: SamplingSettings.Schedule
        switch (isEDM || prediction == .edm, isContinuous, isUpscaling, isZeroSNR) {
        case (true, false, false, false):
            guard let range else { return nil }
            schedule = .continuousEDM(sigmaMin: range.least, sigmaMax: range.most)
        case (false, true, false, false):
            guard let range else { return nil }
            schedule = .continuousV(sigmaMin: range.least, sigmaMax: range.most)
        case (false, false, true, false): schedule = .upscaling
        case (false, false, false, let isZeroSNR):
            schedule =
                switch (prediction, isZeroSNR) {
                case (.lcm, false): .distilled
                case (.lcm, true): .distilledZeroSNR
                case (_, false): .discrete
                case (_, true): .discreteZeroSNR
                }
        default: return nil
        }
        return SamplingSettings(prediction: prediction, schedule: schedule, sigmaData: sigmaData)
    }
}
