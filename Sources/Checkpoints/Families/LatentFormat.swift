/// What the latents of a family are: the scale that its network works in, and how they look without a VAE.
public struct LatentFormat: Sendable, Hashable {
    /// Model units = VAE units × this. Source: the family's published configuration (`scale_factor`).
    public let scale: Float
    /// The linear map that shows latents as pictures.
    public let preview: PreviewMap
    /// The small autoencoder that knows these latents, by the name that `VAELoader` takes; `nil` when there is none.
    public let tinyAutoencoder: String?

    /// Red, green and blue of each latent channel, in the model's scale, and what is added; −1…1.
    ///
    /// Fitted by the community on decoded latents; the values are those of ComfyUI's `latent_formats.py`.
    public struct PreviewMap: Sendable, Hashable {
        /// Three numbers for each channel.
        public let factors: [[Float]]
        public let bias: [Float]
    }
}
