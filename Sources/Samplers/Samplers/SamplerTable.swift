public import Problems
internal import Tensors

extension Sampler {
    /// Every sampler of KSampler's menu, in its order. The `_gpu` names made their noise on a graphics card; here
    /// they are the same.
    public static let all: [Sampler] = [
        Sampler("euler") { try sampleEuler($0.denoise, x: $0.x, sigmas: $0.sigmas) },
        eulerAncestralCFGPP(eta: 0, sNoise: 1, name: "euler_cfg_pp"),
        eulerAncestral(eta: 1, sNoise: 1),
        eulerAncestralCFGPP(eta: 1, sNoise: 1),
        Sampler("heun") { try sampleHeun($0.denoise, x: $0.x, sigmas: $0.sigmas) },
        Sampler("heunpp2") { try sampleHeunPP2($0.denoise, x: $0.x, sigmas: $0.sigmas, unused: $0.runNoise) },
        Sampler("dpm_2") { try sampleDPM2($0.denoise, x: $0.x, sigmas: $0.sigmas) }
            .with { $0.discardsPenultimateSigma = true },
        Sampler("dpm_2_ancestral") {
            try sampleDPM2Ancestral($0.denoise, x: $0.x, sigmas: $0.sigmas, noise: $0.plainNoise)
        }.with { $0.discardsPenultimateSigma = true },
        lms(order: 4),
        Sampler("dpm_fast") { try sampleDPMFast($0.denoise, x: $0.x, sigmas: $0.sigmas) },
        dpmAdaptive(AdaptiveStepOptions()),
        dpmpp2SAncestral(eta: 1, sNoise: 1),
        Sampler("dpmpp_2s_ancestral_cfg_pp") {
            try sampleDPMPP2SAncestralCFGPP($0.denoise, x: $0.x, sigmas: $0.sigmas, noise: $0.plainNoise)
        }.with { $0.needsUnconditional = true },
        dpmppSDE(eta: 1, sNoise: 1, r: 0.5),
        dpmppSDE(eta: 1, sNoise: 1, r: 0.5, name: "dpmpp_sde_gpu"),
        Sampler("dpmpp_2m") { try sampleDPMPP2M($0.denoise, x: $0.x, sigmas: $0.sigmas) },
        Sampler("dpmpp_2m_cfg_pp") { try sampleDPMPP2MCFGPP($0.denoise, x: $0.x, sigmas: $0.sigmas) }
            .with { $0.needsUnconditional = true },
        dpmpp2MSDE(eta: 1, sNoise: 1, solver: .midpoint),
        dpmpp2MSDE(eta: 1, sNoise: 1, solver: .midpoint, name: "dpmpp_2m_sde_gpu"),
        dpmpp2MSDE(eta: 1, sNoise: 1, solver: .heun, name: "dpmpp_2m_sde_heun"),
        dpmpp2MSDE(eta: 1, sNoise: 1, solver: .heun, name: "dpmpp_2m_sde_heun_gpu"),
        dpmpp3MSDE(eta: 1, sNoise: 1),
        dpmpp3MSDE(eta: 1, sNoise: 1, name: "dpmpp_3m_sde_gpu"),
        Sampler("ddpm") { try sampleDDPM($0.denoise, x: $0.x, sigmas: $0.sigmas, noise: $0.plainNoise) },
        Sampler("lcm") { try sampleLCM($0.denoise, x: $0.x, sigmas: $0.sigmas, noise: $0.plainNoise) },
        Sampler("ipndm") { try sampleIPNDM($0.denoise, x: $0.x, sigmas: $0.sigmas) },
        Sampler("ipndm_v") { try sampleIPNDMV($0.denoise, x: $0.x, sigmas: $0.sigmas) },
        Sampler("deis") { try sampleDEIS($0.denoise, x: $0.x, sigmas: $0.sigmas) },
        resMultistep("res_multistep", eta: 0, cfgPP: false),
        resMultistep("res_multistep_cfg_pp", eta: 0, cfgPP: true),
        resMultistep("res_multistep_ancestral", eta: 1, cfgPP: false),
        resMultistep("res_multistep_ancestral_cfg_pp", eta: 1, cfgPP: true),
        Sampler("gradient_estimation") {
            try sampleGradientEstimation($0.denoise, x: $0.x, sigmas: $0.sigmas)
        },
        Sampler("gradient_estimation_cfg_pp") {
            try sampleGradientEstimation($0.denoise, x: $0.x, sigmas: $0.sigmas, cfgPP: true)
        }.with { $0.needsUnconditional = true },
        erSDE(kind: .erSDE, maxStage: 3, eta: 1, sNoise: 1),
        Sampler("seeds_2") { try sampleSEEDS2($0.denoise, x: $0.x, sigmas: $0.sigmas, noise: $0.plainNoise) },
        Sampler("seeds_3") { try sampleSEEDS3($0.denoise, x: $0.x, sigmas: $0.sigmas, noise: $0.plainNoise) },
        saSolver(SASolverOptions(), startPercent: 0.2, endPercent: 0.8),
        saSolver(SASolverOptions(evaluatesTwice: true), startPercent: 0.2, endPercent: 0.8, name: "sa_solver_pece"),
        Sampler("ddim") { try sampleEuler($0.denoise, x: $0.x, sigmas: $0.sigmas) }.with { $0.renewsMaskNoise = true },
        Sampler("uni_pc") { try sampleUniPC($0.denoise, x: $0.x, sigmas: $0.sigmas, variant: .bh1) }
            .with { $0.discardsPenultimateSigma = true },
        Sampler("uni_pc_bh2") { try sampleUniPC($0.denoise, x: $0.x, sigmas: $0.sigmas, variant: .bh2) }
            .with { $0.discardsPenultimateSigma = true },
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// - Throws: `SamplingError.unknownName` naming the samplers there are.
    public static func named(_ name: String) throws(SamplingError) -> Sampler {
        guard let found = byName[name] else {
            throw SamplingError(
                code: .unknownName, reason: "there is no sampler \"\(name)\"",
                hint: "the samplers are \(all.map(\.name).joined(separator: ", "))")
        }
        return found
    }
}
