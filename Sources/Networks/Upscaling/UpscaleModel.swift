public import Checkpoints
public import Descriptions
public import Pictures
internal import Tensors

/// A network that enlarges pictures, as a recipe. ComfyUI's UPSCALE_MODEL.
public struct UpscaleModel: Sendable {
    /// The network's tensors, freed of the prefixes that training programs put before them.
    public private(set) var content: any TensorSource

    /// - Parameter file: a file of an ESRGAN network (old or new names) or of Real-ESRGAN's compact one.
    /// - Throws: `NetworkError.notRecognised` for other networks.
    public init(_ file: any TensorSource) throws {
        content = Self.withoutPrefix(file)
        guard ESRGANNames(content.directory) != nil || CompactUpscaler.recognises(content.directory) else {
            throw NetworkError(
                .notRecognised, in: file.displayName, reason: "this is no ESRGAN network, nor Real-ESRGAN's compact one",
                hint: "other networks (SwinIR, HAT, DAT, SPAN …) are not supported")
        }
    }

    private static func withoutPrefix(_ file: any TensorSource) -> any TensorSource {
        for prefix in ["module.", "netG."] where file.directory.keys.allSatisfy({ $0.hasPrefix(prefix) }) {
            return withoutPrefix(DerivedSource(file, below: prefix))
        }
        return file
    }

    init(content: any TensorSource) { self.content = content }

    /// Pictures enlarged by the network's factor, clamped to 0…1; alpha is ignored.
    ///
    /// Large pictures are computed in tiles that overlap by 32 pixels.
    ///
    /// - Parameters:
    ///   - tile: side of a tile in pixels of the input.
    ///   - memoryLimit: bytes that this process may take; weights for which there is no room are read for every tile, with the same
    ///     bits.
    ///   - progress: called when a tile of so many is done; may throw to stop.
    /// - Throws: `NetworkError`, also when the memory allowed is too little for a tile, or what reading weights and `progress` throw.
    public func upscaled(
        _ image: Image, tile: Int = 512, store: WeightStore = .shared, memoryLimit: Int = MemoryBudget.limit,
        progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
    ) throws -> Image {
        guard image.channels >= 3, image.batch > 0, image.height > 0, image.width > 0 else {
            throw NetworkError(
                .wrongInput, in: content.displayName, reason: "the picture has \(image.channels) channels, three are wanted")
        }
        let task = "enlarging \(image.width)×\(image.height) pixels"
        let room = try NetworkRoom(
            store, limit: memoryLimit, for: task, with: content, remedy: "choose a smaller picture"
        ) { loader, operations in
            let (scale, enlarge) = try network(loader)
            _ = try enlarge(.zeros([1, min(tile, image.height), min(tile, image.width), 3]), operations)
            let result = image.width * image.height * scale * scale * 12
            // Sums and weights of the tiles, what they become, and what is clamped; pictures of a batch are joined at the end.
            return result * max(image.batch + 2, image.batch > 1 ? 2 * image.batch : 1)
        }
        return try upscaled(image, tile: tile, in: room, progress: progress)
    }

    func upscaled(
        _ image: Image, tile: Int = 512, in room: NetworkRoom, progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
    ) throws -> Image {
        let operations = Operations()
        let (scale, enlarge) = try room.assemble { load in try network(load(content)) }
        let tiling = Tiling(height: tile, width: tile, overlap: 32, scale: Double(scale))
        let pixels = image.pixels.narrowed(3, from: 0, count: 3)
        let count = tiling.count(height: image.height, width: image.width) * image.batch
        var done = 0
        let items = try (0..<image.batch).map { index in
            try tiling(pixels.item(index)) {
                done += 1
                try progress(done, count)
            } _: {
                try enlarge($0, operations)
            }.clampedWhereFinite(0, 1)
        }
        return Image(items.count == 1 ? items[0] : Tensor.concatenated(items, along: 0))
    }

    func network(_ loader: LayerLoader) throws -> (scale: Int, enlarge: (Tensor, Operations) throws -> Tensor) {
        if let names = ESRGANNames(content.directory) {
            let network = try ESRGAN(loader: loader, names: names)
            return (network.scale, { try network($0, $1) })
        }
        let network = try CompactUpscaler(loader: loader)
        return (network.scale, { try network($0, $1) })
    }
}

extension UpscaleModel: Recipe {
    public static var blank: UpscaleModel { UpscaleModel(content: NoSource()) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("upscale model"))
        try visitor.visit("content", &content)
    }
}
