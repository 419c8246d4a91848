/// The families of Stable Diffusion models, told apart by the plan of their U-Net.
public enum ModelFamily: String, Sendable, Hashable, CaseIterable {
    case sd1, sd2, sd2UnclipL, sd2UnclipH, upscalerX4, lotus
    case sdxl, sdxlRefiner, ssd1b, vega, koala700m, koala1b
    /// Stable Video Diffusion: recognised, so that the message can say so.
    case svd

    /// Name for people.
    public var title: String {
        switch self {
        case .sd1: "Stable Diffusion 1"
        case .sd2: "Stable Diffusion 2"
        case .sd2UnclipL: "Stable Diffusion 2.1 unCLIP (L)"
        case .sd2UnclipH: "Stable Diffusion 2.1 unCLIP (H)"
        case .upscalerX4: "Stable Diffusion x4 upscaler"
        case .lotus: "Lotus"
        case .sdxl: "Stable Diffusion XL"
        case .sdxlRefiner: "Stable Diffusion XL refiner"
        case .ssd1b: "SSD-1B"
        case .vega: "Segmind Vega"
        case .koala700m: "KOALA 700M"
        case .koala1b: "KOALA 1B"
        case .svd: "Stable Video Diffusion"
        }
    }

    /// Finds the family of a plan.
    ///
    /// Widths never decide: a small model with the structure of SD1 is an SD1 model.
    public init?(_ plan: UNetStructure) {
        if plan.hasTimeStack {
            self = .svd
            return
        }
        guard let label = plan.labelWidth else {
            if plan.labelClasses != nil {
                self = .upscalerX4
            } else if plan.contextWidth == nil {
                return nil
            } else {
                self = plan.usesLinearProjections ? .sd2 : .sd1
            }
            return
        }
        switch (plan.depthPerResidual, plan.middleDepth) {
        case ([0, 0, 2, 2, 10, 10], 10): self = .sdxl
        case ([0, 0, 4, 4, 4, 4, 0, 0], 4): self = .sdxlRefiner
        case ([0, 0, 2, 2, 4, 4], _): self = .ssd1b
        case ([0, 0, 1, 1, 2, 2], _): self = .vega
        case ([0, 2, 5], _): self = .koala700m
        case ([0, 2, 6], _): self = .koala1b
        case ([1, 1, 1, 1, 1, 1, 0, 0], _):
            self = label == 4 ? .lotus : label == 1536 ? .sd2UnclipL : .sd2UnclipH
        default:
            // Small models of the SDXL kind keep its shape: nothing on the first level, more on each below.
            let depths = plan.depthPerResidual
            guard depths.first == 0, depths.last ?? 0 > 0, depths == depths.sorted() else { return nil }
            self = .sdxl
        }
    }

    /// Attention heads of a layer with that many channels.
    ///
    /// SD1 and the x4 upscaler have 8 heads everywhere, the others heads of 64 channels.
    public func heads(channels: Int) -> Int {
        switch self {
        case .sd1, .upscalerX4: 8
        default: max(1, channels / 64)
        }
    }

    /// Model units = VAE units × this. Sources: the families' published configurations (`scale_factor`).
    public var latentScale: Float {
        switch self {
        case .sd1, .sd2, .sd2UnclipL, .sd2UnclipH, .lotus, .svd: 0.18215
        case .upscalerX4: 0.08333
        case .sdxl, .sdxlRefiner, .ssd1b, .vega, .koala700m, .koala1b: 0.13025
        }
    }

    /// Which text encoders belong to it, in the order of their joined output.
    public var textEncoders: [TextEncoderKind] {
        switch self {
        case .sd1: [.clipL]
        case .sd2, .sd2UnclipL, .sd2UnclipH, .upscalerX4, .lotus: [.openCLIPH]
        case .sdxl, .ssd1b, .vega, .koala700m, .koala1b: [.clipL, .openCLIPG]
        case .sdxlRefiner: [.openCLIPG]
        case .svd: []
        }
    }
}

/// Text encoders of these families.
public enum TextEncoderKind: String, Sendable, Hashable, CaseIterable {
    /// OpenAI's ViT-L/14 text tower: quick-GELU, padded with the end token.
    case clipL
    /// OpenCLIP ViT-H/14 and ViT-bigG/14: GELU, padded with 0.
    case openCLIPH, openCLIPG
}

/// What a U-Net was trained to predict, and on which noise schedule.
public enum TrainedPrediction: Sendable, Hashable {
    case epsilon
    case velocity(zeroTerminalSNR: Bool)
    /// v-prediction on a continuous schedule.
    case continuousVelocity(sigmaMin: Float, sigmaMax: Float)
    /// Playground 2.5: EDM preconditioning, sigma_data 0.5, sigma 0.002…80.
    case edm
}
