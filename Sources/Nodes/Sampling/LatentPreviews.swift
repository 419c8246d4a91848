internal import Checkpoints
internal import Diffusion
internal import Pictures
internal import Tensors

/// Makes pictures of the latents of a running sampler: by a small autoencoder where its files are there, else cell by cell.
struct LatentPreviews: Sendable {
    private let format: LatentFormat
    private let tiny: VAE?

    init(format: LatentFormat, services: NodeServices) {
        self.format = format
        // A preview is no reason to fail: without the files, or with damaged ones, cells do.
        tiny = format.tinyAutoencoder.flatMap { try? VAELoader.tinyVAE($0, in: services) }
    }

    /// The first picture of a batch, 0…1.
    ///
    /// - Parameter latent: in the VAE's scale.
    func picture(of latent: Latent) -> Image? {
        let first = latent.samples.item(0)
        if let tiny, let image = try? tiny.decode(first) { return image }
        return LatentPreview.image(of: first * format.scale, format: format)
    }
}
