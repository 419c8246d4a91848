public import Problems

/// How noise levels are spread over the steps: a named function from a model and a number of steps to falling sigmas.
///
/// A new one is a function in this folder and a line in `all`.
public struct Scheduler: Sendable {
    public let name: String
    /// - Returns: falling sigmas, usually `steps + 1` of them with a last 0; `ddim_uniform` may give more, `beta`
    ///   fewer.
    public let sigmas: @Sendable (_ model: ModelSampling, _ steps: Int) -> [Float]

    /// In the order of ComfyUI's menu.
    public static let all: [Scheduler] = [
        Scheduler(name: "simple", sigmas: sigmasSimple),
        Scheduler(name: "sgm_uniform") { sigmasUniform($0, steps: $1, leavesOutEnd: true) },
        Scheduler(name: "karras") { sigmasKarras(steps: $1, from: $0.sigmaMax, to: $0.sigmaMin) },
        Scheduler(name: "exponential") { sigmasExponential(steps: $1, from: $0.sigmaMax, to: $0.sigmaMin) },
        Scheduler(name: "ddim_uniform", sigmas: sigmasDDIMUniform),
        Scheduler(name: "beta") { sigmasBeta($0, steps: $1, alpha: 0.6, beta: 0.6) },
        Scheduler(name: "normal") { sigmasUniform($0, steps: $1, leavesOutEnd: false) },
        Scheduler(name: "linear_quadratic", sigmas: sigmasLinearQuadratic),
        Scheduler(name: "kl_optimal") { sigmasKLOptimal(steps: $1, from: $0.sigmaMax, to: $0.sigmaMin) },
    ]

    /// - Throws: `SamplingError.unknownName` naming the schedulers there are.
    public static func named(_ name: String) throws(SamplingError) -> Scheduler {
        guard let found = all.first(where: { $0.name == name }) else {
            throw SamplingError(
                code: .unknownName, reason: "there is no scheduler \"\(name)\"",
                hint: "the schedulers are \(all.map(\.name).joined(separator: ", "))")
        }
        return found
    }

    /// The sigmas a sampler walks along for a share of the schedule.
    ///
    /// - Parameters:
    ///   - denoise: 1 for the whole schedule; less takes the last `steps + 1` sigmas of a schedule of `steps /
    ///     denoise` steps, 0 gives no sigmas.
    ///   - wholeFrom: from which `denoise` on the schedule counts as whole: ComfyUI's KSampler says more than 0.9999,
    ///     its BasicScheduler 1.
    ///   - discardsPenultimate: makes one step more and leaves out the last but one sigma, for samplers that evaluate
    ///     between sigmas.
    public func sigmas(
        _ model: ModelSampling, steps: Int, denoise: Double, wholeFrom: Double = 0.9999.nextUp,
        discardsPenultimate: Bool = false
    ) -> [Float] {
        func schedule(_ steps: Int) -> [Float] {
            guard discardsPenultimate else { return sigmas(model, steps) }
            let all = sigmas(model, steps + 1)
            return all.dropLast(2) + all.suffix(1)
        }
        if denoise >= wholeFrom { return schedule(steps) }
        if denoise <= 0 { return [] }
        // A denoise so small that this number has no use is refused by the nodes' range; the cap only keeps Int from
        // trapping.
        let longer = Int(min(Double(steps) / denoise, 1e7))
        return schedule(longer).suffix(steps + 1)
    }
}
