internal import Tensors

// Samplers whose settings a node can choose. The menu's entries of the same name use the defaults.
extension Sampler {
    public static func eulerAncestral(eta: Double, sNoise: Double) -> Sampler {
        Sampler("euler_ancestral", [Setting("eta", eta), Setting("s_noise", sNoise)]) {
            try sampleEulerAncestral(
                $0.denoise, x: $0.x, sigmas: $0.sigmas, noise: $0.plainNoise, eta: Float(eta), sNoise: Float(sNoise))
        }
    }

    public static func eulerAncestralCFGPP(
        eta: Double, sNoise: Double, name: String = "euler_ancestral_cfg_pp"
    ) -> Sampler {
        Sampler(name, [Setting("eta", eta), Setting("s_noise", sNoise)]) {
            try sampleEulerAncestralCFGPP(
                $0.denoise, x: $0.x, sigmas: $0.sigmas, noise: $0.plainNoise, eta: Float(eta), sNoise: Float(sNoise))
        }.with { $0.needsUnconditional = true }
    }

    /// The "alternative" of the SamplerEulerCFGpp node.
    public static let eulerCFGPPAlternative = Sampler("euler_cfg_pp_alternative") {
        try sampleEulerCFGPPAlternative($0.denoise, x: $0.x, sigmas: $0.sigmas)
    }.with { $0.needsUnconditional = true }

    /// - Parameter order: most derivatives used, at least 1.
    public static func lms(order: Int) -> Sampler {
        Sampler("lms", [Setting("order", Double(order))]) {
            try sampleLMS($0.denoise, x: $0.x, sigmas: $0.sigmas, order: max(1, order))
        }
    }

    public static func dpmAdaptive(_ options: AdaptiveStepOptions) -> Sampler {
        let settings: [Setting] = [
            Setting("order", Double(options.order)), Setting("rtol", Double(options.rtol)),
            Setting("atol", Double(options.atol)), Setting("h_init", Double(options.hInit)),
            Setting("pcoeff", options.pcoeff), Setting("icoeff", options.icoeff), Setting("dcoeff", options.dcoeff),
            Setting("accept_safety", options.acceptSafety), Setting("eta", Double(options.eta)),
            Setting("s_noise", Double(options.sNoise)),
        ]
        return Sampler("dpm_adaptive", settings) {
            try sampleDPMAdaptive($0.denoise, x: $0.x, sigmas: $0.sigmas, noise: $0.plainNoise, options: options)
        }
    }

    public static func dpmpp2SAncestral(eta: Double, sNoise: Double) -> Sampler {
        Sampler("dpmpp_2s_ancestral", [Setting("eta", eta), Setting("s_noise", sNoise)]) {
            try sampleDPMPP2SAncestral(
                $0.denoise, x: $0.x, sigmas: $0.sigmas, noise: $0.plainNoise, eta: Float(eta), sNoise: Float(sNoise))
        }
    }

    public static func dpmppSDE(eta: Double, sNoise: Double, r: Double, name: String = "dpmpp_sde") -> Sampler {
        Sampler(name, [Setting("eta", eta), Setting("s_noise", sNoise), Setting("r", r)]) {
            try sampleDPMPPSDE(
                $0.denoise, x: $0.x, sigmas: $0.sigmas, noise: $0.brownianNoise, eta: Float(eta), sNoise: Float(sNoise),
                r: Float(r))
        }
    }

    public static func dpmpp2MSDE(
        eta: Double, sNoise: Double, solver: MultistepSolver, name: String = "dpmpp_2m_sde"
    ) -> Sampler {
        Sampler(name, [Setting("eta", eta), Setting("s_noise", sNoise), Setting("heun", solver == .heun ? 1 : 0)]) {
            try sampleDPMPP2MSDE(
                $0.denoise, x: $0.x, sigmas: $0.sigmas, noise: $0.brownianNoise, eta: Float(eta), sNoise: Float(sNoise),
                solver: solver)
        }
    }

    public static func dpmpp3MSDE(eta: Double, sNoise: Double, name: String = "dpmpp_3m_sde") -> Sampler {
        Sampler(name, [Setting("eta", eta), Setting("s_noise", sNoise)]) {
            try sampleDPMPP3MSDE(
                $0.denoise, x: $0.x, sigmas: $0.sigmas, noise: $0.brownianNoise, eta: Float(eta), sNoise: Float(sNoise))
        }
    }

    static func resMultistep(_ name: String, eta: Float, cfgPP: Bool) -> Sampler {
        Sampler(name) {
            try sampleRESMultistep(
                $0.denoise, x: $0.x, sigmas: $0.sigmas, noise: $0.plainNoise, eta: eta, cfgPP: cfgPP)
        }.with { $0.needsUnconditional = cfgPP }
    }

    /// - Parameter maxStage: highest order, 1…3.
    public static func erSDE(kind: ERSDEKind, maxStage: Int, eta: Double, sNoise: Double) -> Sampler {
        let settings = [
            Setting("kind", Double(ERSDEKind.allCases.firstIndex(of: kind) ?? 0)), Setting("max_stage", Double(maxStage)),
            Setting("eta", eta), Setting("s_noise", sNoise),
        ]
        return Sampler("er_sde", settings) {
            try sampleERSDE(
                $0.denoise, x: $0.x, sigmas: $0.sigmas, noise: $0.plainNoise, kind: kind, maxStage: maxStage,
                eta: Float(eta), sNoise: Float(sNoise))
        }
    }

    /// - Parameters:
    ///   - startPercent: share of the schedule from which on steps get fresh noise.
    ///   - endPercent: share up to which they do.
    public static func saSolver(
        _ options: SASolverOptions, startPercent: Double, endPercent: Double, name: String = "sa_solver"
    ) -> Sampler {
        let settings = [
            Setting("eta", Double(options.eta)), Setting("start_percent", startPercent), Setting("end_percent", endPercent),
            Setting("s_noise", Double(options.sNoise)), Setting("predictor_order", Double(options.predictorOrder)),
            Setting("corrector_order", Double(options.correctorOrder)), Setting("pece", options.evaluatesTwice ? 1 : 0),
            Setting("simple_order_2", options.simpleOrder2 ? 1 : 0),
        ]
        return Sampler(name, settings) { input in
            var options = options
            options.noisyFrom = Float(input.model.sigma(percent: startPercent))
            options.noisyTo = Float(input.model.sigma(percent: endPercent))
            return try sampleSASolver(
                input.denoise, x: input.x, sigmas: input.sigmas, noise: input.plainNoise, options: options)
        }
    }
}
