internal import Checkpoints
public import Pictures
public import Tensors

extension VAE {
    /// Pictures of latents, 0…1.
    ///
    /// Memory decides how it is computed, never what: the bits are the same for any `options.memoryLimit`.
    ///
    /// - Parameter latent: `[batch, channels, height, width]`, in the VAE's own scale.
    /// - Throws: `NetworkError`, also when the memory allowed is too little for any way and when what doesn't fit into it can't be put
    ///   on a disk; what `options.progress` throws, `CancellationError` when the work was asked to stop.
    public func decode(_ latent: Tensor, options: VAEOptions = VAEOptions()) throws -> Image {
        let network = try decoder(options)
        try check(latent, network)
        let coder = try decoding(network, PictureSize(height: latent.shape[2], width: latent.shape[3]), latent.shape[0], options)
        return Image(try coder.results(of: latent.channelsLast(), channels: 3) { try pixels(of: $0, options.operations) })
    }

    /// Pictures of latents, computed in tiles: the mean of three tilings, each blended over the overlaps. Seams may show.
    ///
    /// - Parameters:
    ///   - tile: side of a tile in latent cells; the other tilings halve one side and double the other.
    ///   - overlap: in latent cells, less than half a tile.
    public func decodeTiled(
        _ latent: Tensor, tile: Int = 64, overlap: Int = 16, options: VAEOptions = VAEOptions()
    ) throws -> Image {
        let network = try decoder(options)
        try check(latent, network)
        try checkTiles(tile, overlap)
        let scale = Double(network.factor)
        let tilings = [
            Tiling(height: tile * 2, width: tile / 2, overlap: overlap, scale: scale),
            Tiling(height: tile / 2, width: tile * 2, overlap: overlap, scale: scale),
            Tiling(height: tile, width: tile, overlap: overlap, scale: scale),
        ]
        let mean = try meanOfTilings(tilings, latent.channelsLast(), options) {
            let coder = try decoding(network, PictureSize(height: $0.shape[1], width: $0.shape[2]), 1, options)
            return try aroundZero(try coder.result(ofTile: $0), options.operations)
        }
        return Image(try options.operations.apply(Self.toRange, mean))
    }

    /// Latents of pictures: the mean that the encoder predicts, nothing is drawn.
    ///
    /// Sides that don't divide by the factor (8) are cropped around the centre; alpha is ignored. Memory decides how it is computed,
    /// never what.
    ///
    /// - Returns: `[batch, channels, height / 8, width / 8]`, in the VAE's own scale.
    /// - Throws: as `decode`.
    public func encode(_ image: Image, options: VAEOptions = VAEOptions()) throws -> Tensor {
        let network = try encoder(options)
        let pixels = try prepared(image, factor: network.factor)
        let coder = try encoding(network, PictureSize(height: pixels.shape[1], width: pixels.shape[2]), pixels.shape[0], options)
        return try coder.results(of: pixels, channels: latentChannels(network)) { try toLatent($0, network) }.channelsFirst()
    }

    /// Latents of pictures, computed in tiles: the mean of three tilings, each blended over the overlaps.
    ///
    /// - Parameters:
    ///   - tile: side of a tile in pixels; the other tilings halve one side and double the other.
    ///   - overlap: in pixels, less than half a tile.
    public func encodeTiled(
        _ image: Image, tile: Int = 512, overlap: Int = 64, options: VAEOptions = VAEOptions()
    ) throws -> Tensor {
        let network = try encoder(options)
        let pixels = try prepared(image, factor: network.factor)
        try checkTiles(tile, overlap)
        let scale = 1 / Double(network.factor)
        let tilings = [
            Tiling(height: tile, width: tile, overlap: overlap, scale: scale),
            Tiling(height: tile / 2, width: tile * 2, overlap: overlap, scale: scale),
            Tiling(height: tile * 2, width: tile / 2, overlap: overlap, scale: scale),
        ]
        return try meanOfTilings(tilings, pixels, options) {
            let coder = try encoding(network, PictureSize(height: $0.shape[1], width: $0.shape[2]), 1, options)
            return try toLatent(try coder.result(ofTile: $0), network)
        }.channelsFirst()
    }

    // MARK: Networks

    private func decoder(_ options: VAEOptions) throws -> VAENetwork {
        let operations = options.operations
        switch content {
        case .autoencoder(let source):
            return try .decoder(LayerLoader(source: source, store: options.store), operations: operations)
        case .tiny(_, let source, let scale):
            var network = try VAENetwork.tiny(LayerLoader(source: source, store: options.store), decodes: true, operations: operations)
            guard network.outputs == 3 else { throw notTiny(source) }
            network.prepare = { try $1.apply(VAENetwork.bend, $1.scale($0, by: scale)) }
            return network
        }
    }

    private func encoder(_ options: VAEOptions) throws -> VAENetwork {
        let operations = options.operations
        switch content {
        case .autoencoder(let source):
            var network = try VAENetwork.encoder(LayerLoader(source: source, store: options.store), operations: operations)
            network.prepare = { try $1.apply(.affine(scale: 2, shift: -1), $0) }
            return network
        case .tiny(let source, _, _):
            let network = try VAENetwork.tiny(LayerLoader(source: source, store: options.store), decodes: false, operations: operations)
            guard network.inputs == 3 else { throw notTiny(source) }
            return network
        }
    }

    private func notTiny(_ source: any TensorSource) -> NetworkError {
        NetworkError(
            .notRecognised, in: source.displayName, reason: "this is no half of a small autoencoder (TAESD)",
            hint: "encoder and decoder may have been exchanged")
    }

    private func decoding(
        _ network: VAENetwork, _ size: PictureSize, _ batch: Int, _ options: VAEOptions
    ) throws -> VAECoder {
        let out = network.output(of: size)
        return try VAECoder(
            network, size: size, result: batch * out.pixels * 3 * 4, task: "decoding \(out.width)×\(out.height) pixels",
            place: displayName, options: options)
    }

    private func encoding(
        _ network: VAENetwork, _ size: PictureSize, _ batch: Int, _ options: VAEOptions
    ) throws -> VAECoder {
        try VAECoder(
            network, size: size, result: batch * network.output(of: size).pixels * network.outputs * 4,
            task: "encoding \(size.width)×\(size.height) pixels", place: displayName, options: options)
    }

    // MARK: Results

    /// What a decoder gives to about −1…1.
    private func aroundZero(_ x: Tensor, _ operations: Operations) throws -> Tensor {
        if case .tiny = content { try operations.apply(.affine(scale: 2, shift: -1), x) } else { x }
    }

    /// −1…1 to 0…1, the rest cut off.
    ///
    /// NaN and infinities stay: whoever looks at the picture must see that it is none.
    private static let toRange = ElementFunction.affine(scale: 0.5, shift: 0.5, limits: 0...1)

    private func pixels(of x: Tensor, _ operations: Operations) throws -> Tensor {
        try operations.apply(Self.toRange, aroundZero(x, operations))
    }

    private func latentChannels(_ network: VAENetwork) -> Int {
        if case .tiny = content { network.outputs } else { network.outputs / 2 }
    }

    /// What an encoder gives to a latent: an autoencoder's means, without the variances.
    private func toLatent(_ x: Tensor, _ network: VAENetwork) throws -> Tensor {
        if case .tiny(_, _, let scale) = content { return try network.operations.apply(.divide(by: scale), x) }
        return try network.operations.take(x, along: 3, from: 0, count: latentChannels(network))
    }

    // MARK: Checks

    private func check(_ latent: Tensor, _ network: VAENetwork) throws {
        guard latent.rank == 4, latent.shape[1] == network.inputs, latent.shape.allSatisfy({ $0 > 0 }) else {
            throw NetworkError(
                .wrongInput, in: displayName,
                reason: "the latent is \(latent.shape), this VAE decodes \(network.inputs) channels",
                hint: "use the VAE that belongs to the model")
        }
    }

    /// Three channels, sides cropped to multiples of the factor.
    private func prepared(_ image: Image, factor: Int) throws -> Tensor {
        guard image.channels >= 3, image.height >= factor, image.width >= factor, image.batch > 0 else {
            throw NetworkError(
                .wrongInput, in: displayName,
                reason: "the picture is \(image.width)×\(image.height) with \(image.channels) channels",
                hint: "at least \(factor)×\(factor) pixels of three channels can be encoded")
        }
        let (height, width) = (image.height / factor * factor, image.width / factor * factor)
        return image.pixels.narrowed(1, from: image.height % factor / 2, count: height)
            .narrowed(2, from: image.width % factor / 2, count: width)
            .narrowed(3, from: 0, count: 3)
    }

    /// Tiles of half the side must still advance.
    private func checkTiles(_ tile: Int, _ overlap: Int) throws {
        guard overlap >= 0, tile >= 2, overlap < tile / 2 else {
            throw NetworkError(
                .wrongInput, in: displayName, reason: "an overlap of \(overlap) doesn't fit tiles of \(tile)",
                hint: "it must be smaller than half a tile")
        }
    }

    private func meanOfTilings(
        _ tilings: [Tiling], _ batch: Tensor, _ options: VAEOptions, _ compute: (Tensor) throws -> Tensor
    ) throws -> Tensor {
        let perItem = tilings.reduce(0) { $0 + $1.count(height: batch.shape[1], width: batch.shape[2]) }
        let count = perItem * batch.shape[0]
        var done = 0
        let items = try (0..<batch.shape[0]).map { index in
            let item = batch.item(index)
            var sum: Tensor?
            for tiling in tilings {
                let tiled = try tiling(item) {
                    done += 1
                    try options.progress(done, count)
                } _: {
                    try compute($0)
                }
                sum = sum.map { $0 + tiled } ?? tiled
            }
            return (sum ?? item) / Float(tilings.count)
        }
        return items.count == 1 ? items[0] : Tensor.concatenated(items, along: 0)
    }
}
