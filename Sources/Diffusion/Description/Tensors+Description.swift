public import Pictures
internal import Tensors

// Values that are tensors and little else.

extension Image: Described {
    public static var blank: Image { Image(Tensor([0]).reshaped([1, 1, 1, 1])) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        var pixels = pixels
        try visitor.visit("pixels", &pixels)
        guard visitor.isReading else { return }
        guard pixels.rank == 4 else { throw DescriptionError("a picture of \(pixels.shape)") }
        self = Image(pixels)
    }
}

extension Mask: Described {
    public static var blank: Mask { Mask(Tensor([0]).reshaped([1, 1, 1])) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        var values = values
        try visitor.visit("values", &values)
        guard visitor.isReading else { return }
        guard values.rank == 3 else { throw DescriptionError("a mask of \(values.shape)") }
        self = Mask(values)
    }
}

extension Latent: Described {
    public static var blank: Latent { Latent(samples: Tensor([0]).reshaped([1, 1, 1, 1])) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.visit("samples", &samples)
        if visitor.isReading, samples.rank != 4 { throw DescriptionError("a latent of \(samples.shape)") }
        try visitor.visit("noiseMask", &noiseMask)
        try visitor.optional("batchIndex", &batchIndex, blank: []) { places in
            try visitor.list("batchIndex", &places, blank: 0) { try visitor.visit("place", &$0) }
        }
    }
}

extension VisionOutput: Described {
    public static var blank: VisionOutput {
        VisionOutput(lastHidden: Tensor([0]), penultimateHidden: Tensor([0]), embedding: Tensor([0]))
    }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.visit("lastHidden", &lastHidden)
        try visitor.visit("penultimateHidden", &penultimateHidden)
        try visitor.visit("embedding", &embedding)
        guard visitor.isReading else { return }
        guard lastHidden.rank == 3, penultimateHidden.rank == 3, embedding.rank == 2 else {
            throw DescriptionError("a seen picture of \(lastHidden.shape), \(penultimateHidden.shape) and \(embedding.shape)")
        }
    }
}

extension Sigmas: Described {
    public static var blank: Sigmas { Sigmas([]) }
    public mutating func describe(to visitor: any FieldVisitor) throws { try visitor.visit("values", &values) }
}

extension StartNoise: Described {
    public static var blank: StartNoise { .none }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        var seed: UInt64?
        if case .random(let number) = self { seed = number }
        try visitor.optional("seed", &seed, blank: 0) { try visitor.visit("seed", &$0) }
        self = seed.map { .random(seed: $0) } ?? .none
    }
}
