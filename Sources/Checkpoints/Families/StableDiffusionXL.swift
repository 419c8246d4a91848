extension ModelFamily {
    /// Stable Diffusion XL base (Podell et al. 2023), and small models of its shape: nothing on the first level, more on each below.
    public static let sdxl = ModelFamily(
        name: "sdxl",
        title: "Stable Diffusion XL",
        recognises: { plan in
            let depths = plan.depthPerResidual
            return plan.labelWidth != nil && depths.first == 0 && depths.last ?? 0 > 0 && depths == depths.sorted()
        },
        textModels: [
            TextModel(kind: .clipL, layerFromEnd: 2, normalisesHidden: false, places: ["conditioner.embedders.0.transformer."]),
            TextModel(
                kind: .openCLIPG, layerFromEnd: 2, normalisesHidden: false,
                places: ["conditioner.embedders.1.model.", "conditioner.embedders.1.transformer."]),
        ],
        heads: .channels(64),
        latents: .sdxl,
        label: .sizes,
        prediction: .byMarks,
        noise: .standard,
        refusal: nil)
}

extension LatentFormat {
    static let sdxl = LatentFormat(
        scale: 0.13025,
        preview: PreviewMap(
            factors: [
                [0.3651, 0.4232, 0.4341], [-0.2533, -0.0042, 0.1068], [0.1076, 0.1111, -0.0362], [-0.3165, -0.2492, -0.2188],
            ], bias: [0.1084, -0.0175, -0.0011]),
        tinyAutoencoder: "taesdxl")
}
