extension ModelFamily {
    /// Stable Video Diffusion. Recognised, so that the message can say so.
    public static let svd = ModelFamily(
        name: "svd",
        title: "Stable Video Diffusion",
        recognises: { $0.hasTimeStack },
        textModels: [],
        heads: .channels(64),
        latents: .sd1,
        label: .none,
        prediction: .always(.epsilon),
        noise: .standard,
        refusal: "video models are not supported")
}
