public import Checkpoints
public import Digests

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

    let content: Content

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

    /// Feeds the content to a digest, without reading weights.
    public func feed(into digest: inout DigestBuilder) throws {
        switch content {
        case .autoencoder(let source):
            digest.add("autoencoder")
            digest.add(try source.contentDigest())
        case .tiny(let encoder, let decoder, let scale):
            digest.add("tiny")
            digest.add(try encoder.contentDigest())
            digest.add(try decoder.contentDigest())
            digest.add(scale)
        }
    }

    /// Identifies the content, without reading weights.
    public func digest() throws -> Digest {
        var builder = DigestBuilder()
        builder.add("vae")
        try feed(into: &builder)
        return builder.finish()
    }
}
