internal import Diffusion
internal import Samplers
internal import Workflows

/// Samplers and schedules by the names that other programs give them: Automatic1111, Forge, InvokeAI, diffusers, Draw Things, NovelAI,
/// Easy Diffusion, SwarmUI.
enum SamplerNames {
    /// A sampler as another program calls it, here.
    struct Meaning: Equatable {
        var sampler: String
        /// The schedule that the name itself tells (`DPM++ 2M Karras`).
        var scheduler: String?
    }

    /// - Parameter name: as it is written; what stands between letters and digits doesn't count.
    static func sampler(_ name: String) -> Meaning? {
        let key = ChoiceList.key(name)
        return core(key) ?? withoutSchedule(key)
    }

    /// Our name of a schedule.
    static func scheduler(_ name: String) -> String? { schedulers[ChoiceList.key(name)] }

    /// The sampler's part of a name alone, with what libraries put around it.
    private static func core(_ key: String) -> Meaning? {
        for candidate in [key, key.hasPrefix("k") ? String(key.dropFirst()) : key] {
            var candidate = candidate
            for suffix in ["scheduler", "discrete", "sampler"] where candidate.hasSuffix(suffix) { candidate.removeLast(suffix.count) }
            if let found = samplers[candidate] { return Meaning(sampler: found) }
        }
        return nil
    }

    private static func withoutSchedule(_ key: String) -> Meaning? {
        for (suffix, scheduler) in suffixes where key.hasSuffix(suffix) {
            if let found = core(String(key.dropLast(suffix.count))) { return Meaning(sampler: found.sampler, scheduler: scheduler) }
        }
        return nil
    }

    /// The longer first where one ends with another.
    private static let suffixes: [(String, String)] = [
        ("karras", "karras"), ("polyexponential", "exponential"), ("exponential", "exponential"), ("sgmuniform", "sgm_uniform"),
        ("uniform", "normal"), ("trailing", "sgm_uniform"), ("simple", "simple"), ("beta", "beta"), ("normal", "normal"), ("k", "karras"),
    ]

    /// Our own names as keys, too: `dpmpp 2m` and `DPM_2` are found.
    private static let samplers: [String: String] = {
        var table = [
            "eulera": "euler_ancestral", "eulerancestraldiscrete": "euler_ancestral", "heun++2": "heunpp2", "kdpm2": "dpm_2",
            "dpm2a": "dpm_2_ancestral", "kdpm2a": "dpm_2_ancestral", "kdpm2ancestral": "dpm_2_ancestral",
            "dpm++2sa": "dpmpp_2s_ancestral", "dpmpp2sa": "dpmpp_2s_ancestral", "dpm++2sancestral": "dpmpp_2s_ancestral",
            "dpm++2m": "dpmpp_2m", "dpmsolvermultistep": "dpmpp_2m", "dpmsolver++": "dpmpp_2m", "dpmsolverstability": "dpmpp_2m",
            "dpm++sde": "dpmpp_sde", "dpmsolversde": "dpmpp_sde", "dpm++2msde": "dpmpp_2m_sde", "dpm++2msdeheun": "dpmpp_2m_sde_heun",
            "dpm++3msde": "dpmpp_3m_sde", "dpmad": "dpm_adaptive", "ddimv3": "ddim", "ddimcfg++": "euler_cfg_pp",
            "eulercfg++": "euler_cfg_pp",
            "euleracfg++": "euler_ancestral_cfg_pp", "eulerancestralcfg++": "euler_ancestral_cfg_pp", "dpm++2mcfg++": "dpmpp_2m_cfg_pp",
            "dpm++2sancestralcfg++": "dpmpp_2s_ancestral_cfg_pp", "unipcmultistep": "uni_pc", "unipcsnr": "uni_pc", "unipctu": "uni_pc",
            "unipctq": "uni_pc", "unipcsnr2": "uni_pc", "deismultistep": "deis", "lmsd": "lms",
        ]
        for sampler in Sampler.all { table[ChoiceList.key(sampler.name)] = sampler.name }
        return table
    }()

    private static let schedulers: [String: String] = {
        var table = [
            "uniform": "normal", "native": "normal", "polyexponential": "exponential", "sgmuniform": "sgm_uniform",
            "trailing": "sgm_uniform",
            "ddim": "ddim_uniform",
        ]
        for scheduler in Scheduler.all { table[ChoiceList.key(scheduler.name)] = scheduler.name }
        return table
    }()

    /// Samplers that Automatic1111 runs on Karras' schedule when nothing else is said.
    private static let automatic: Set<String> = [
        "dpmpp_2m", "dpmpp_sde", "dpmpp_2m_sde", "dpmpp_2m_sde_heun", "dpmpp_2s_ancestral", "dpm_2", "dpm_2_ancestral", "lms",
    ]

    /// Our sampler and scheduler, and what is to be said where there is no equal.
    ///
    /// - Parameter schedule: `nil` where the text has no such setting.
    static func meaning(sampler name: String, schedule: String?) -> (sampler: String, scheduler: String, notes: [String]) {
        let found = sampler(name)
        var scheduler = found?.scheduler
        var notes: [String] = []
        if let schedule, scheduler == nil || ChoiceList.key(schedule) != "automatic" {
            if ChoiceList.key(schedule) == "automatic" {
                scheduler = found.map { automatic.contains($0.sampler) } == true ? "karras" : "normal"
            } else if let known = self.scheduler(schedule) {
                scheduler = known
            } else {
                notes.append("the schedule \"\(schedule)\" has no equal here; \(scheduler ?? "normal") is used")
            }
        }
        if found == nil { notes.insert("the sampler \"\(name)\" has no equal here; euler is used", at: 0) }
        return (found?.sampler ?? "euler", scheduler ?? "normal", notes)
    }

    // MARK: Suggestions

    /// For a workflow in which such a name stands.
    static let suggestedSamplers: [String: String] = {
        var table: [String: String] = [:]
        for (key, sampler) in samplers {
            for prefix in ["", "k"] {
                for suffix in ["", "scheduler", "discretescheduler"] { table[prefix + key + suffix] = "\"\(sampler)\"" }
                for (suffix, scheduler) in suffixes { table[prefix + key + suffix] = "\"\(sampler)\" with the scheduler \"\(scheduler)\"" }
            }
        }
        for (key, sampler) in samplers { table[key] = "\"\(sampler)\"" }
        for near in ["plms", "pndm", "pndmscheduler"] { table[near] = "\"ipndm\", which is near it" }
        return table
    }()

    static let suggestedSchedulers: [String: String] = {
        var table = schedulers.mapValues { "\"\($0)\"" }
        table["automatic"] = "\"normal\", or \"karras\" for the DPM++ samplers"
        for key in ["alignyoursteps", "ays", "alignyourstepsgits"] {
            table[key] = "\"karras\"; the node AlignYourStepsScheduler makes that schedule"
        }
        for key in ["turbo", "sdturbo"] { table[key] = "\"sgm_uniform\"; the node SDTurboScheduler makes that schedule" }
        return table
    }()
}
