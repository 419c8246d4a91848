extension ModelFamily {
    /// Stable Diffusion 2.1 unCLIP with OpenAI's ViT-L/14 as its eye: SD2 with a seen picture in its label (2 × 768 numbers).
    public static let sd2UnclipL = unclip(name: "sd2UnclipL", eye: "L") { $0.hasUnclipShape && $0.labelWidth == 1536 }

    /// Stable Diffusion 2.1 unCLIP with OpenCLIP's ViT-H/14 as its eye.
    public static let sd2UnclipH = unclip(name: "sd2UnclipH", eye: "H") { $0.hasUnclipShape && $0.labelWidth != 1536 && $0.labelWidth != 4 }

    private static func unclip(
        name: String, eye: String, recognises: @escaping @Sendable (UNetStructure) -> Bool
    ) -> ModelFamily {
        ModelFamily(
            name: name,
            title: "Stable Diffusion 2.1 unCLIP (\(eye))",
            recognises: recognises,
            textModels: ModelFamily.sd2.textModels,
            heads: .channels(64),
            latents: .sd1,
            label: .picture,
            prediction: .bySpread,
            noise: .standard,
            refusal: nil)
    }
}

extension UNetStructure {
    /// The depths of SD2, with a label.
    var hasUnclipShape: Bool { labelWidth != nil && depthPerResidual == [1, 1, 1, 1, 1, 1, 0, 0] }
}
