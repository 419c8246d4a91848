extension ModelFamily {
    /// Stable Diffusion XL's refiner: one text model, and an aesthetic score in its label.
    public static let sdxlRefiner = ModelFamily(
        name: "sdxlRefiner",
        title: "Stable Diffusion XL refiner",
        recognises: { $0.labelWidth != nil && $0.depthPerResidual == [0, 0, 4, 4, 4, 4, 0, 0] && $0.middleDepth == 4 },
        textModels: [
            TextModel(
                kind: .openCLIPG, layerFromEnd: 2, normalisesHidden: false, places: ["conditioner.embedders.0.model."])
        ],
        heads: .channels(64),
        latents: .sdxl,
        label: .score,
        prediction: .always(.epsilon),
        noise: .standard,
        refusal: nil)
}
