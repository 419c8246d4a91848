internal import Problems
public import Checkpoints
public import Descriptions

/// An autoencoder between pictures and latents as a recipe: where its weights are. ComfyUI's VAE.
///
/// Nothing is read before something is encoded or decoded: `VAE+Coding.swift`.
public struct VAE: Sendable {
    enum Content: Sendable {
        /// Original names without a prefix: `decoder.conv_in.weight`.
        case autoencoder(any TensorSource)
        /// TAESD: small networks that work in the scale of the denoising network, `latentScale` times ours.
        case tiny(encoder: any TensorSource, decoder: any TensorSource, latentScale: Float)
    }

    private(set) var content: Content

    /// An autoencoder as `Checkpoint.vae` gives it.
    public init(_ source: any TensorSource) { content = .autoencoder(source) }

    /// A small autoencoder for quick looks.
    ///
    /// - Parameter latentScale: 0.18215 for SD1's, 0.13025 for SDXL's.
    public init(tinyEncoder: any TensorSource, tinyDecoder: any TensorSource, latentScale: Float) {
        content = .tiny(encoder: tinyEncoder, decoder: tinyDecoder, latentScale: latentScale)
    }

    /// The tensors under original names, for saving; `nil` for a small autoencoder.
    public var source: (any TensorSource)? {
        if case .autoencoder(let source) = content { source } else { nil }
    }

    /// For messages.
    public var displayName: String {
        switch content {
        case .autoencoder(let source): source.displayName
        case .tiny(_, let decoder, _): decoder.displayName
        }
    }
}

extension VAE: Recipe {
    public static var blank: VAE { VAE(NoSource()) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("vae"))
        let isTiny: Bool = if case .tiny = content { true } else { false }
        switch try visitor.kind("content", isTiny ? "tiny" : "autoencoder") {
        case "autoencoder":
            visitor.mark(.text("autoencoder"))
            var source: any TensorSource = source ?? NoSource()
            try visitor.visit("source", &source)
            content = .autoencoder(source)
        case "tiny":
            visitor.mark(.text("tiny"))
            var encoder: any TensorSource = NoSource(), decoder: any TensorSource = NoSource()
            var scale: Float = 1
            if case .tiny(let e, let d, let s) = content { (encoder, decoder, scale) = (e, d, s) }
            try visitor.visit("encoder", &encoder)
            try visitor.visit("decoder", &decoder)
            try visitor.visit("latentScale", &scale)
            content = .tiny(encoder: encoder, decoder: decoder, latentScale: scale)
        case let kind: throw DescriptionError("an autoencoder of the kind \(kind)")
        }
    }
}
