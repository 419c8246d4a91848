// Nodes: KSamplerSelect, SamplerEulerAncestral, SamplerEulerAncestralCFGPP, SamplerEulerCFGpp, SamplerLMS, SamplerDPMAdaptative,
// SamplerDPMPP_2S_Ancestral, SamplerDPMPP_SDE, SamplerDPMPP_2M_SDE, SamplerDPMPP_3M_SDE, SamplerER_SDE, SamplerSASolver,
// SamplerLCMUpscale

internal import Diffusion
internal import Pictures
internal import Samplers
internal import WorkflowEngine

/// A sampler by name.
struct KSamplerSelect: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try Sampler.named(inputs.choice("sampler_name")))
    }
}

/// Euler with fresh noise.
struct SamplerEulerAncestral: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(Sampler.eulerAncestral(eta: try inputs.double("eta"), sNoise: try inputs.double("s_noise")))
    }
}

/// Euler with fresh noise and CFG++.
struct SamplerEulerAncestralCFGPP: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(Sampler.eulerAncestralCFGPP(eta: try inputs.double("eta"), sNoise: try inputs.double("s_noise")))
    }
}

/// Euler with CFG++, in two versions.
struct SamplerEulerCFGpp: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let isRegular = try inputs.choice("version") == "regular"
        return .of(isRegular ? try Sampler.named("euler_cfg_pp") : .eulerCFGPPAlternative)
    }
}

/// The linear multistep method with a chosen order.
struct SamplerLMS: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(Sampler.lms(order: try inputs.int("order")))
    }
}

/// DPM-Solver with steps that adapt to an error.
struct SamplerDPMAdaptative: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var options = AdaptiveStepOptions()
        options.order = try inputs.int("order")
        options.rtol = try inputs.float("rtol")
        options.atol = try inputs.float("atol")
        options.hInit = try inputs.float("h_init")
        options.pcoeff = try inputs.double("pcoeff")
        options.icoeff = try inputs.double("icoeff")
        options.dcoeff = try inputs.double("dcoeff")
        options.acceptSafety = try inputs.double("accept_safety")
        options.eta = try inputs.float("eta")
        options.sNoise = try inputs.float("s_noise")
        return .of(Sampler.dpmAdaptive(options))
    }
}

/// DPM-Solver++(2S) with fresh noise.
struct SamplerDPMPP_2S_Ancestral: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(Sampler.dpmpp2SAncestral(eta: try inputs.double("eta"), sNoise: try inputs.double("s_noise")))
    }
}

/// DPM-Solver++ SDE. Where its noise was made on other machines doesn't matter here.
struct SamplerDPMPP_SDE: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(Sampler.dpmppSDE(eta: try inputs.double("eta"), sNoise: try inputs.double("s_noise"), r: try inputs.double("r")))
    }
}

/// DPM-Solver++(2M) SDE.
struct SamplerDPMPP_2M_SDE: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            Sampler.dpmpp2MSDE(
                eta: try inputs.double("eta"), sNoise: try inputs.double("s_noise"), solver: try inputs.choice("solver_type")))
    }
}

/// DPM-Solver++(3M) SDE.
struct SamplerDPMPP_3M_SDE: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(Sampler.dpmpp3MSDE(eta: try inputs.double("eta"), sNoise: try inputs.double("s_noise")))
    }
}

/// The extended reverse-time SDE solver.
struct SamplerER_SDE: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            Sampler.erSDE(
                kind: try inputs.choice("solver_type"), maxStage: try inputs.int("max_stage"), eta: try inputs.double("eta"),
                sNoise: try inputs.double("s_noise")))
    }
}

/// The stochastic Adams method.
struct SamplerSASolver: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var options = SASolverOptions()
        options.eta = try inputs.float("eta")
        options.sNoise = try inputs.float("s_noise")
        options.predictorOrder = try inputs.int("predictor_order")
        options.correctorOrder = try inputs.int("corrector_order")
        options.evaluatesTwice = try inputs.boolean("use_pece", default: false)
        options.simpleOrder2 = try inputs.boolean("simple_order_2", default: false)
        return .of(
            Sampler.saSolver(
                options, startPercent: try inputs.double("sde_start_percent"), endPercent: try inputs.double("sde_end_percent")))
    }
}

/// Consistency sampling that enlarges the latent on the way.
struct SamplerLCMUpscale: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            Sampler.lcmUpscale(
                ratio: try inputs.double("scale_ratio"), steps: try inputs.int("scale_steps"),
                method: try inputs.choice("upscale_method")))
    }
}
