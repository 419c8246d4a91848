extension ModelFamily {
    /// Stable Diffusion 2.0 and 2.1.
    public static let sd2 = ModelFamily(
        name: "sd2",
        title: "Stable Diffusion 2",
        recognises: { $0.isUnlabelled && $0.usesLinearProjections },
        textModels: [
            TextModel(
                kind: .openCLIPH, layerFromEnd: 2, normalisesHidden: true,
                places: ["cond_stage_model.model.", "conditioner.embedders.0.model.", "cond_stage_model.transformer."])
        ],
        heads: .channels(64),
        latents: .sd1,
        label: .none,
        prediction: .bySpread,
        noise: .standard,
        refusal: nil)
}
