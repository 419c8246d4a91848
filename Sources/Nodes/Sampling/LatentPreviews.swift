internal import Problems
internal import Checkpoints
internal import Diffusion
internal import Networks
internal import Pictures
internal import Synchronization
internal import Tensors

/// Makes pictures of the latents of a running sampler: by a small autoencoder where its files are there, else cell by cell.
final class LatentPreviews: Sendable {
    private let format: LatentFormat
    private let tiny: Mutex<VAE?>
    private let warn: @Sendable (String) -> Void

    /// - Parameter warn: told once, when a small autoencoder is there and can't be used. A preview is no reason to fail.
    init(format: LatentFormat, services: NodeServices, warn: @escaping @Sendable (String) -> Void) {
        (self.format, self.warn) = (format, warn)
        var found: VAE?
        do {
            found = try format.tinyAutoencoder.map { try VAELoader.tinyVAE($0, in: services) }
        } catch let error as NodeError where error.code == .missingFile {
            // The usual case: nobody has to have one.
        } catch {
            warn("previews are coarse, for the small autoencoder can't be loaded: \(error)")
        }
        tiny = Mutex(found)
    }

    /// The first picture of a batch, 0…1.
    ///
    /// - Parameter latent: in the VAE's scale.
    func picture(of latent: Latent) -> Image? {
        let first = latent.samples.item(0)
        if let decoder = tiny.withLock({ $0 }) {
            do { return try decoder.decode(first) } catch {
                // It would fail at every step.
                tiny.withLock { $0 = nil }
                warn("previews are coarse from here on, for the small autoencoder failed: \(error)")
            }
        }
        return LatentPreview.image(of: first * format.scale, format: format)
    }
}
