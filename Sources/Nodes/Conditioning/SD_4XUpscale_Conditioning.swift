internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Hands a picture to the ×4 upscaler, and a latent of the size to be made.
struct SD_4XUpscale_Conditioning: Node {
    /// Pixels that the upscaler makes of one, across; its VAE's latents are as large as the small picture.
    private static let factor = 4

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let images = try inputs.image("images")
        guard images.channels >= 3 else {
            throw NodeError(.badValue, input: "images", "the picture has \(images.channels) channels, three colours are wanted")
        }
        let ratio = try inputs.double("scale_ratio")
        guard ratio.isFinite, ratio >= 0, ratio <= 1000 else {
            throw NodeError(.badValue, input: "scale_ratio", "a picture can't be made \(ratio) times as large")
        }
        let width = Int((Double(images.width) * ratio).rounded(.toNearestOrEven)) / Self.factor
        let height = Int((Double(images.height) * ratio).rounded(.toNearestOrEven)) / Self.factor
        guard width > 0, height > 0 else {
            throw NodeError(
                .badValue, input: "scale_ratio", "\(images.width)×\(images.height) pixels times \(ratio) make no picture",
                hint: "at least \(Self.factor) pixels a side are needed")
        }
        try checkMemory(for: [images.batch, 4, height, width])
        let picture = try images.pixels.narrowed(3, from: 0, count: 3).map { $0 * 2 - 1 }.channelsFirst()
            .resized(width: width, height: height, by: .bilinear, cropping: .center, channels: .first)
        let upscaling = UpscaleConditioning(picture: picture, noiseAugmentation: try inputs.double("noise_augmentation"))
        let sides = try ["positive", "negative"].map { side in
            try inputs.conditioning(side).changed { $0.upscaling = upscaling }
        }
        return .of(sides[0], sides[1], Latent(samples: .zeros([images.batch, 4, height, width])))
    }
}
