internal import Problems
internal import Pictures
internal import Samplers
internal import Tensors

extension ConditioningFrame {
    /// The five channels that an inpainting U-Net takes beside the noisy latent: mask, then masked latent in the
    /// model's scale.
    ///
    /// They come from InpaintModelConditioning, else from the run's own mask and latent; with neither, everything is
    /// masked and the picture is grey. The mask is rounded: these networks know no half-tones.
    ///
    /// - Returns: `[batch, 1 + channels, height, width]`; `nil` for a network that takes latents alone.
    func extraChannels(_ inpainting: Conditioning.Inpainting?) throws -> Tensor? {
        let channels = shape[1]
        guard inputChannels != channels else { return nil }
        if inputChannels == 2 * channels { return try editedPicture(inpainting, channels: channels) }
        guard inputChannels == 2 * channels + 1 else {
            throw SamplingError(
                code: .unsupportedModel, reason: "the network takes \(inputChannels) channels, the latent has \(channels)",
                hint: "an inpainting model takes 9; this is a model of another kind")
        }
        let mask = try (inpainting?.mask ?? noiseMask).map { mask -> Tensor in
            let (rows, columns) = (mask.shape[mask.rank - 2], mask.shape[mask.rank - 1])
            // Of a mask with channels only the first counts; a mask without is one picture per plane.
            var planes = mask.rank == 4 ? mask.narrowed(1, from: 0, count: 1) : mask.reshaped([-1, 1, rows, columns])
            if rows != height || columns != width {
                planes = try planes.resized(width: width, height: height, by: .bilinear, cropping: .center, channels: .first)
            }
            return planes.map { $0.rounded(.toNearestOrEven) }.spread(toBatch: batch)
        }
        guard let mask else {
            // The encoding of mid-grey by SD1's VAE, in the model's scale.
            let grey: [Float] = [0.8223, -0.6876, 0.6364, 0.1380]
            let plane = [batch, 1, height, width]
            let parts = (0..<channels).map { Tensor(repeating: grey[$0 % grey.count], shape: plane) }
            return Tensor.concatenated([Tensor(repeating: 1, shape: plane)] + parts, along: 1)
        }
        let picture = try fitted(inpainting.map { $0.latent * latentScale } ?? latent, channels: channels)
        return Tensor.concatenated([mask, picture], along: 1)
    }

    /// The channels of a network that edits pictures by instruction (Brooks et al. 2023): the picture's latent in the VAE's own
    /// scale; nothing where no picture was given.
    private func editedPicture(_ inpainting: Conditioning.Inpainting?, channels: Int) throws -> Tensor {
        guard let inpainting else { return .zeros(shape) }
        return try fitted(inpainting.latent, channels: channels)
    }

    /// A latent in the size and batch of the run.
    private func fitted(_ picture: Tensor, channels: Int) throws -> Tensor {
        guard picture.rank == 4, picture.shape[1] == channels else {
            throw SamplingError(
                code: .invalidConditioning, reason: "the conditioning's picture has shape \(picture.shape), the latent \(shape)")
        }
        let isFitting = picture.shape[2] == height && picture.shape[3] == width
        let resized =
            isFitting ? picture : try picture.resized(width: width, height: height, by: .bilinear, cropping: .center, channels: .first)
        return resized.spread(toBatch: batch)
    }
}

extension Tensor {
    /// The items spread evenly over another batch size: each new one takes the nearest old one.
    func spread(toBatch count: Int) -> Tensor {
        let have = shape[0]
        if have == count || have == 0 { return self }
        if count <= 1 { return narrowed(0, from: 0, count: count) }
        let items = (0..<count).map { index -> Tensor in
            let place =
                count < have
                ? (Double(index) * Double(have - 1) / Double(count - 1)).rounded(.toNearestOrEven)
                : ((Double(index) + 0.5) * Double(have) / Double(count)).rounded(.down)
            return item(Swift.min(Int(place), have - 1))
        }
        return Tensor.concatenated(items, along: 0)
    }
}
