internal import Samplers
internal import WorkflowEngine

/// Prompts that change from step to step, as conditioning for parts of the run.
///
/// `ConditioningSetTimestepRange` speaks of shares of the schedule, Automatic1111 of steps. Between the noise levels of two steps lies a
/// share that parts them, so what each step gets is the same. That asks for a sampler that calls the network once a step.
extension SettingsWorkflow {
    /// How the run goes that a prompt changes in.
    struct Run {
        var steps: Int
        var sampler: String
        var scheduler: String
        var isSecondPass = false
    }

    /// Samplers that ask the network once for every step, at the step's own noise level.
    private static let oneCallSamplers: Set<String> = [
        "euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_sde", "dpmpp_2m_sde_gpu", "dpmpp_3m_sde", "dpmpp_3m_sde_gpu", "lms", "ddim",
        "ddpm",
        "lcm", "ipndm", "ipndm_v", "deis",
    ]

    /// The run of the first pass, as its settings will be read.
    var firstRun: Run {
        let meaning = SamplerNames.meaning(
            sampler: parameters["Sampler"] ?? "euler", schedule: parameters["Schedule type"] ?? parameters["Scheduler"])
        let steps = parameters["Steps"].flatMap { Double($0) }.flatMap { (1...10_000).contains($0) ? Int($0) : nil } ?? 20
        return Run(steps: steps, sampler: meaning.sampler, scheduler: meaning.scheduler)
    }

    /// The parts of a prompt that changes, each with the share of the schedule at which it begins; `nil` where that can't be said exactly.
    func shares(of schedule: PromptSchedule, in run: Run) -> [(start: Double, text: String)]? {
        guard !run.isSecondPass, schedule.phases.count <= 200, Self.oneCallSamplers.contains(run.sampler),
            let scheduler = try? Scheduler.named(run.scheduler)
        else { return nil }
        let sampling = ModelSampling()
        let sigmas = scheduler.sigmas(sampling, run.steps)
        guard sigmas.count == run.steps + 1 else { return nil }
        var result: [(start: Double, text: String)] = []
        for phase in schedule.phases {
            guard phase.from > 0 else {
                result.append((0, phase.text))
                continue
            }
            let (above, below) = (Double(sigmas[phase.from - 1]), Double(sigmas[phase.from]))
            guard let share = Self.share(between: above, below, sampling) else { return nil }
            result.append((share, phase.text))
        }
        return result
    }

    /// A share of the schedule whose noise level parts two others, with few digits.
    private static func share(between above: Double, _ below: Double, _ sampling: ModelSampling) -> Double? {
        guard above > below else { return nil }
        for scale in [1e3, 1e4, 1e5, 1e6] {
            // The noise level falls as the share rises.
            var (low, high) = (0, Int(scale))
            while high - low > 1 {
                let middle = (low + high) / 2
                if sampling.sigma(percent: Double(middle) / scale) >= above { low = middle } else { high = middle }
            }
            var last = high
            var step = 1
            while last + step < Int(scale), sampling.sigma(percent: Double(last + step) / scale) > below {
                last += step
                step *= 2
            }
            let share = Double((high + last) / 2) / scale
            let sigma = Float(sampling.sigma(percent: share))
            if Double(sigma) < above, Double(sigma) > below { return share }
        }
        return nil
    }
}
