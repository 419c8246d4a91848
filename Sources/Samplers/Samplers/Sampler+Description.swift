internal import Problems
public import Descriptions
internal import Pictures

/// A sampler is written down as its name and its settings, and made again by them; what else it is follows from those.
extension Sampler: Described {
    public static var blank: Sampler { all[0] }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        var (name, settings) = (name, settings)
        try visitor.visit("name", &name)
        try visitor.list("settings", &settings, blank: Setting("", 0)) { setting in
            var (name, value) = (setting.name, setting.value)
            try visitor.visit("name", &name)
            try visitor.visit("value", &value)
            setting = Setting(name, value)
        }
        if visitor.isReading { self = try Self.made(name, settings) }
    }

    /// - Throws: `DescriptionError` when no sampler has that name with those settings.
    private static func made(_ name: String, _ settings: [Setting]) throws -> Sampler {
        func value(_ wanted: String) throws -> Double {
            guard let found = settings.first(where: { $0.name == wanted }) else { throw DescriptionError("\(name) without \(wanted)") }
            return found.value
        }
        func single(_ wanted: String) throws -> Float { Float(try value(wanted)) }
        func whole(_ wanted: String) throws -> Int {
            guard let number = Int(exactly: try value(wanted)) else { throw DescriptionError("\(name): \(wanted) is no whole number") }
            return number
        }
        func choice<Choice: CaseIterable>(_ wanted: String, of type: Choice.Type) throws -> Choice {
            let (all, number) = (Array(Choice.allCases), try whole(wanted))
            guard all.indices.contains(number) else { throw DescriptionError("\(name): \(wanted) \(number)") }
            return all[number]
        }
        let made: Sampler =
            switch name {
            case "euler_ancestral": eulerAncestral(eta: try value("eta"), sNoise: try value("s_noise"))
            case "euler_cfg_pp", "euler_ancestral_cfg_pp":
                eulerAncestralCFGPP(eta: try value("eta"), sNoise: try value("s_noise"), name: name)
            case "euler_cfg_pp_alternative": eulerCFGPPAlternative
            case "lms": lms(order: try whole("order"))
            case "dpm_adaptive": dpmAdaptive(try adaptive(whole: whole, value: value, single: single))
            case "dpmpp_2s_ancestral": dpmpp2SAncestral(eta: try value("eta"), sNoise: try value("s_noise"))
            case "dpmpp_sde", "dpmpp_sde_gpu":
                dpmppSDE(eta: try value("eta"), sNoise: try value("s_noise"), r: try value("r"), name: name)
            case "dpmpp_2m_sde", "dpmpp_2m_sde_gpu", "dpmpp_2m_sde_heun", "dpmpp_2m_sde_heun_gpu":
                dpmpp2MSDE(
                    eta: try value("eta"), sNoise: try value("s_noise"), solver: try value("heun") == 1 ? .heun : .midpoint, name: name)
            case "dpmpp_3m_sde", "dpmpp_3m_sde_gpu": dpmpp3MSDE(eta: try value("eta"), sNoise: try value("s_noise"), name: name)
            case "er_sde":
                erSDE(
                    kind: try choice("kind", of: ERSDEKind.self), maxStage: try whole("max_stage"), eta: try value("eta"),
                    sNoise: try value("s_noise"))
            case "sa_solver", "sa_solver_pece":
                saSolver(
                    try adams(whole: whole, value: value, single: single), startPercent: try value("start_percent"),
                    endPercent: try value("end_percent"), name: name)
            case "lcm_upscale":
                lcmUpscale(
                    ratio: try value("scale_ratio"), steps: try whole("scale_steps"), method: try choice("method", of: Resampling.self))
            default: try named(name)
            }
        guard made.name == name, made.settings == settings else { throw DescriptionError("no sampler is \(name) with \(settings)") }
        return made
    }

    private static func adaptive(
        whole: (String) throws -> Int, value: (String) throws -> Double, single: (String) throws -> Float
    ) throws -> AdaptiveStepOptions {
        var options = AdaptiveStepOptions()
        options.order = try whole("order")
        options.rtol = try single("rtol")
        options.atol = try single("atol")
        options.hInit = try single("h_init")
        options.pcoeff = try value("pcoeff")
        options.icoeff = try value("icoeff")
        options.dcoeff = try value("dcoeff")
        options.acceptSafety = try value("accept_safety")
        options.eta = try single("eta")
        options.sNoise = try single("s_noise")
        return options
    }

    private static func adams(
        whole: (String) throws -> Int, value: (String) throws -> Double, single: (String) throws -> Float
    ) throws -> SASolverOptions {
        var options = SASolverOptions(evaluatesTwice: try value("pece") == 1)
        options.eta = try single("eta")
        options.sNoise = try single("s_noise")
        options.predictorOrder = try whole("predictor_order")
        options.correctorOrder = try whole("corrector_order")
        options.simpleOrder2 = try value("simple_order_2") == 1
        return options
    }
}
