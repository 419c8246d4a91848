extension ModelFamily {
    /// Stable Diffusion 1.x (Rombach et al. 2022).
    public static let sd1 = ModelFamily(
        name: "sd1",
        title: "Stable Diffusion 1",
        recognises: { $0.isUnlabelled && !$0.usesLinearProjections },
        textModels: [
            TextModel(
                kind: .clipL, layerFromEnd: 1, normalisesHidden: true,
                places: ["cond_stage_model.transformer.", "cond_stage_model."])
        ],
        heads: .count(8),
        latents: .sd1,
        label: .none,
        prediction: .always(.epsilon),
        noise: .standard,
        refusal: nil)
}

extension LatentFormat {
    /// Latents of Stable Diffusion 1 and 2.
    static let sd1 = LatentFormat(
        scale: 0.18215,
        preview: PreviewMap(
            factors: [
                [0.3512, 0.2297, 0.3227], [0.3250, 0.4974, 0.2350], [-0.2829, 0.1762, 0.2721], [-0.2120, -0.2616, -0.7177],
            ], bias: [0, 0, 0]),
        tinyAutoencoder: "taesd")
}

extension UNetStructure {
    /// With cross-attention, and without label: SD1 and SD2.
    var isUnlabelled: Bool { labelWidth == nil && labelClasses == nil && contextWidth != nil }
}
