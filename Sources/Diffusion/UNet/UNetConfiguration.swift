public import Checkpoints

/// What a U-Net of the Stable Diffusion kind looks like, read off the names and shapes of its tensors.
///
/// The blocks themselves are read off the names while the network is assembled; this is what must be known beyond that, and what
/// others ask about a model.
public struct UNetConfiguration: Sendable, Hashable {
    /// Channels of the first level: 320 in all Stable Diffusion models.
    public var modelChannels: Int
    /// Channels of the network's input: 4, or 9 for an inpainting model (latent, mask, masked latent).
    public var inputChannels: Int
    /// Channels of the prediction.
    public var outputChannels: Int
    /// Width of the text embedding; 0 when no block looks at one.
    public var contextWidth: Int
    /// Width of the extra vector of the time embedding (SDXL, unCLIP).
    public var labelWidth: Int?
    /// Whether the projections around the attention blocks are stored as matrices (SD2, SDXL) and not as 1×1 convolutions.
    public var usesLinearProjections: Bool
    public var heads: Heads

    /// How attention divides its channels.
    public enum Heads: Sendable, Hashable {
        /// A fixed number (SD1).
        case count(Int)
        /// A fixed size (SD2, SDXL).
        case size(Int)

        /// Number of heads for so many channels; `nil` when they don't divide.
        func count(for channels: Int) -> Int? {
            switch self {
            case .count(let count): count > 0 && channels % count == 0 ? count : nil
            case .size(let size): size > 0 && channels % size == 0 ? channels / size : nil
            }
        }
    }

    /// - Parameter source: names without the checkpoint's prefix.
    /// - Throws: `NetworkError.notRecognised` when the names aren't those of a U-Net.
    public init(detecting source: any TensorSource) throws {
        let tensors = source.directory
        guard let first = tensors["input_blocks.0.0.weight"]?.shape, first.count == 4, tensors["out.2.weight"] != nil else {
            throw NetworkError(
                .notRecognised, in: source.displayName, reason: "there is no U-Net of the Stable Diffusion kind in it",
                hint: "Darkroom computes SD1, SD2 and SDXL models; transformer models (SD3, Flux) are not supported")
        }
        guard tensors.keys.allSatisfy({ !$0.contains(".time_stack.") }) else {
            throw NetworkError(
                .notRecognised, in: source.displayName, reason: "this is a video model", hint: "video models are not supported")
        }
        guard tensors["label_emb.weight"] == nil else {
            throw NetworkError(
                .notRecognised, in: source.displayName, reason: "this is an upscaling diffusion model (x4 upscaler)",
                hint: "it is not supported; use UpscaleModelLoader with an ESRGAN model")
        }
        (modelChannels, inputChannels) = (first[0], first[1])
        outputChannels = tensors["out.2.weight"]?.shape.first ?? 4
        labelWidth = tensors["label_emb.0.0.weight"].flatMap { $0.shape.count == 2 ? $0.shape[1] : nil }
        // All blocks agree, or assembling the network fails on the one that doesn't.
        let keys = tensors.first { $0.key.hasSuffix(".1.transformer_blocks.0.attn2.to_k.weight") }
        contextWidth = keys.flatMap { $0.value.shape.count == 2 ? $0.value.shape[1] : nil } ?? 0
        let projection = tensors.first { $0.key.hasSuffix(".1.proj_in.weight") }
        usesLinearProjections = projection?.value.shape.count == 2
        heads = usesLinearProjections ? .size(64) : .count(8)
    }
}
