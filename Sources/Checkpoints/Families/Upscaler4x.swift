extension ModelFamily {
    /// Stable Diffusion x4 upscaler: its label is a row of a table of noise levels.
    public static let upscalerX4 = ModelFamily(
        name: "upscalerX4",
        title: "Stable Diffusion x4 upscaler",
        recognises: { $0.labelWidth == nil && $0.labelClasses != nil },
        textModels: ModelFamily.sd2.textModels,
        heads: .count(8),
        latents: LatentFormat(
            scale: 0.08333,
            preview: LatentFormat.PreviewMap(
                factors: [
                    [-0.2340, -0.3863, -0.3257], [0.0994, 0.0885, -0.0908], [-0.2833, -0.2349, -0.3741], [0.2523, -0.0055, -0.1651],
                ], bias: [0, 0, 0]),
            tinyAutoencoder: nil),
        label: .noiseLevel,
        prediction: .always(.velocity(zeroTerminalSNR: false)),
        noise: .upscaling,
        refusal: nil)
}
