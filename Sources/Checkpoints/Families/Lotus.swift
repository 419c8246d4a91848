extension ModelFamily {
    /// Lotus: SD2's network, trained to turn a picture into depth or normals. Recognised, so that the message can say so.
    public static let lotus = ModelFamily(
        name: "lotus",
        title: "Lotus",
        recognises: { $0.hasUnclipShape && $0.labelWidth == 4 },
        textModels: ModelFamily.sd2.textModels,
        heads: .channels(64),
        latents: .sd1,
        label: .none,
        prediction: .always(.epsilon),
        noise: .standard,
        refusal: "models that turn a picture into depth or normals are not supported")
}
