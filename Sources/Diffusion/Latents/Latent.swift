internal import Problems
public import Descriptions
public import Tensors

/// Latents of one size: ComfyUI's LATENT.
public struct Latent: Sendable {
    /// `[batch, channels, height, width]`, an eighth of the picture's size, in the VAE's own scale (not multiplied by 0.18215).
    public var samples: Tensor
    /// `[n, 1, height, width]` or `[n, height, width]` of any size, 1 where the sampler may paint.
    public var noiseMask: Tensor?
    /// Which draw of the noise stream each item takes; `nil` draws the whole batch at once.
    public var batchIndex: [Int]?

    public init(samples: Tensor, noiseMask: Tensor? = nil, batchIndex: [Int]? = nil) {
        precondition(samples.rank == 4, "a latent is [batch, channels, height, width], not \(samples.shape)")
        self.samples = samples
        self.noiseMask = noiseMask
        self.batchIndex = batchIndex
    }

    public var batch: Int { samples.shape[0] }
    public var channels: Int { samples.shape[1] }
    public var height: Int { samples.shape[2] }
    public var width: Int { samples.shape[3] }
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
