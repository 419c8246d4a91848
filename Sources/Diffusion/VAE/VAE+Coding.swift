internal import Checkpoints
public import Pictures
public import Tensors

/// What encoding and decoding use and tell.
public struct VAEOptions: Sendable {
    public var store: WeightStore
    /// Bytes that packed weights and activations may take together. Idle weights are dropped to make room; what needs more still is
    /// done in tiles. `nil` never tiles.
    public var memoryLimit: Int?
    /// Called when a picture or tile of so many is done; may throw to stop.
    public var progress: @Sendable (_ done: Int, _ of: Int) throws -> Void
    /// Something the person should know: that tiles were used.
    public var notice: @Sendable (String) -> Void
    /// Looks on at every layer; for benchmarks and tests.
    public var observer: (any LayerObserver)?

    public init(
        store: WeightStore = .shared, memoryLimit: Int? = MemoryBudget.limit,
        progress: @escaping @Sendable (_ done: Int, _ of: Int) throws -> Void = { _, _ in },
        notice: @escaping @Sendable (String) -> Void = { _ in }, observer: (any LayerObserver)? = nil
    ) {
        self.store = store
        self.memoryLimit = memoryLimit
        self.progress = progress
        self.notice = notice
        self.observer = observer
    }
}

extension VAEOptions {
    /// Whether so many bytes of activations fit beside the weights, idle ones dropped if need be.
    fileprivate func makesRoom(for needed: Int, within limit: Int) -> Bool {
        // What sampling kept for its next step has other sizes.
        if needed > 1 << 26 { TensorMemory.trim() }
        if needed + store.byteCount <= limit { return true }
        store.shrink(to: max(limit - needed, 0))
        return needed <= limit
    }
}

extension VAE {
    /// Pictures of latents, 0…1.
    ///
    /// - Parameter latent: `[batch, channels, height, width]`, in the VAE's own scale.
    /// - Throws: `NetworkError`, or what `options.progress` throws.
    public func decode(_ latent: Tensor, options: VAEOptions = VAEOptions()) throws -> Image {
        let network = try decoder(options)
        try network.check(latent)
        let needed = network.memoryNeeded(latent.shape[2], latent.shape[3])
        if let limit = options.memoryLimit, !options.makesRoom(for: needed, within: limit) {
            options.notice(
                "decoding \(latent.shape[3] * network.factor)×\(latent.shape[2] * network.factor) pixels at once needs "
                    + "\(needed >> 20) MiB, \(limit >> 20) MiB are allowed: decoding in tiles, which may show at their seams")
            return try decodeTiled(latent, network, tile: 64, overlap: 16, options)
        }
        return Image(
            try eachItem(of: latent.channelsLast(), progress: options.progress) { item in
                network.decode(item).map { Swift.max(0, Swift.min(1, ($0 + 1) / 2)) }
            })
    }

    /// Pictures of latents, computed in tiles: the mean of three tilings, each blended over the overlaps.
    ///
    /// - Parameters:
    ///   - tile: side of a tile in latent cells; the other tilings halve one side and double the other.
    ///   - overlap: in latent cells, less than half a tile.
    public func decodeTiled(
        _ latent: Tensor, tile: Int = 64, overlap: Int = 16, options: VAEOptions = VAEOptions()
    ) throws -> Image {
        let network = try decoder(options)
        try network.check(latent)
        return try decodeTiled(latent, network, tile: tile, overlap: overlap, options)
    }

    private func decodeTiled(
        _ latent: Tensor, _ network: Decoder, tile: Int, overlap: Int, _ options: VAEOptions
    ) throws -> Image {
        try checkTiles(tile, overlap)
        let scale = Double(network.factor)
        let tilings = [
            Tiling(height: tile * 2, width: tile / 2, overlap: overlap, scale: scale),
            Tiling(height: tile / 2, width: tile * 2, overlap: overlap, scale: scale),
            Tiling(height: tile, width: tile, overlap: overlap, scale: scale),
        ]
        let mean = try meanOfTilings(tilings, latent.channelsLast(), options) { network.decode($0) }
        return Image(mean.map { Swift.max(0, Swift.min(1, ($0 + 1) / 2)) })
    }

    /// Latents of pictures: the mean that the encoder predicts, nothing is drawn.
    ///
    /// Sides that don't divide by the factor (8) are cropped around the centre; alpha is ignored.
    ///
    /// - Returns: `[batch, channels, height / 8, width / 8]`, in the VAE's own scale.
    public func encode(_ image: Image, options: VAEOptions = VAEOptions()) throws -> Tensor {
        let network = try encoder(options)
        let pixels = try prepared(image, factor: network.factor)
        let needed = network.memoryNeeded(pixels.shape[1], pixels.shape[2])
        if let limit = options.memoryLimit, !options.makesRoom(for: needed, within: limit) {
            options.notice(
                "encoding \(pixels.shape[2])×\(pixels.shape[1]) pixels at once needs \(needed >> 20) MiB, \(limit >> 20) MiB are "
                    + "allowed: encoding in tiles")
            return try encodeTiled(pixels, network, tile: 512, overlap: 64, options)
        }
        return try eachItem(of: pixels, progress: options.progress) { network.encode($0) }.channelsFirst()
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
        return try encodeTiled(try prepared(image, factor: network.factor), network, tile: tile, overlap: overlap, options)
    }

    private func encodeTiled(
        _ pixels: Tensor, _ network: Encoder, tile: Int, overlap: Int, _ options: VAEOptions
    ) throws -> Tensor {
        try checkTiles(tile, overlap)
        let scale = 1 / Double(network.factor)
        let tilings = [
            Tiling(height: tile, width: tile, overlap: overlap, scale: scale),
            Tiling(height: tile / 2, width: tile * 2, overlap: overlap, scale: scale),
            Tiling(height: tile * 2, width: tile / 2, overlap: overlap, scale: scale),
        ]
        return try meanOfTilings(tilings, pixels, options) { network.encode($0) }.channelsFirst()
    }

    // MARK: Networks

    /// From latents `[1, h, w, c]` in the VAE's scale to pixels about −1…1.
    private struct Decoder {
        var channels: Int
        var factor: Int
        var place: String
        var memoryNeeded: (_ height: Int, _ width: Int) -> Int
        var decode: (Tensor) -> Tensor

        func check(_ latent: Tensor) throws {
            guard latent.rank == 4, latent.shape[1] == channels, latent.shape.allSatisfy({ $0 > 0 }) else {
                throw NetworkError(
                    .wrongInput, in: place, reason: "the latent is \(latent.shape), this VAE decodes \(channels) channels",
                    hint: "use the VAE that belongs to the model")
            }
        }
    }

    /// From pixels `[1, h, w, 3]` 0…1 to latents in the VAE's scale.
    private struct Encoder {
        var factor: Int
        var memoryNeeded: (_ height: Int, _ width: Int) -> Int
        var encode: (Tensor) -> Tensor
    }

    private func decoder(_ options: VAEOptions) throws -> Decoder {
        let trace = Trace(observer: options.observer)
        switch content {
        case .autoencoder(let source):
            let network = try VAEDecoder(loader: LayerLoader(source: source, store: options.store), trace: trace)
            return Decoder(
                channels: network.latentChannels, factor: network.factor, place: displayName,
                memoryNeeded: { network.memoryNeeded(height: $0, width: $1) }, decode: { network($0) })
        case .tiny(_, let source, let scale):
            let network = try TinyAutoencoder(
                loader: LayerLoader(source: source, store: options.store), decodes: true, trace: trace)
            guard network.outputs == 3 else { throw notTiny(source) }
            return Decoder(
                channels: network.inputs, factor: network.factor, place: displayName,
                memoryNeeded: { [factor = network.factor] in $0 * $1 * factor * factor * 4 * 64 * 4 },
                decode: { network(TinyAutoencoder.bent($0 * scale)).map { ($0 - 0.5) * 2 } })
        }
    }

    private func encoder(_ options: VAEOptions) throws -> Encoder {
        let trace = Trace(observer: options.observer)
        switch content {
        case .autoencoder(let source):
            let network = try VAEEncoder(loader: LayerLoader(source: source, store: options.store), trace: trace)
            return Encoder(
                factor: network.factor, memoryNeeded: { network.memoryNeeded(height: $0, width: $1) },
                encode: { network($0.map { $0 * 2 - 1 }) })
        case .tiny(let source, _, let scale):
            let network = try TinyAutoencoder(
                loader: LayerLoader(source: source, store: options.store), decodes: false, trace: trace)
            guard network.inputs == 3 else { throw notTiny(source) }
            return Encoder(
                factor: network.factor, memoryNeeded: { $0 * $1 * 4 * 64 * 4 }, encode: { network($0) / scale })
        }
    }

    private func notTiny(_ source: any TensorSource) -> NetworkError {
        NetworkError(
            .notRecognised, in: source.displayName, reason: "this is no half of a small autoencoder (TAESD)",
            hint: "encoder and decoder may have been exchanged")
    }

    // MARK: Steps

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

    /// One item after the other: a batch needs no more memory than a single picture.
    private func eachItem(
        of batch: Tensor, progress: (_ done: Int, _ of: Int) throws -> Void, _ compute: (Tensor) -> Tensor
    ) throws -> Tensor {
        let count = batch.shape[0]
        var results: [Tensor] = []
        for index in 0..<count {
            results.append(compute(batch.item(index)))
            try progress(index + 1, count)
        }
        return results.count == 1 ? results[0] : Tensor.concatenated(results, along: 0)
    }

    private func meanOfTilings(
        _ tilings: [Tiling], _ batch: Tensor, _ options: VAEOptions, _ compute: (Tensor) -> Tensor
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
                    compute($0)
                }
                sum = sum.map { $0 + tiled } ?? tiled
            }
            return (sum ?? item) / Float(tilings.count)
        }
        return items.count == 1 ? items[0] : Tensor.concatenated(items, along: 0)
    }

    /// Tiles of half the side must still advance.
    private func checkTiles(_ tile: Int, _ overlap: Int) throws {
        guard overlap >= 0, tile >= 2, overlap < tile / 2 else {
            throw NetworkError(
                .wrongInput, in: displayName, reason: "an overlap of \(overlap) doesn't fit tiles of \(tile)",
                hint: "it must be smaller than half a tile")
        }
    }
}
