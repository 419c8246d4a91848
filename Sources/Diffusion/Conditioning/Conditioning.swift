public import Networks
public import Tensors

/// What steers the denoiser: ComfyUI's CONDITIONING, a list of embeddings each with where, when and how strongly it counts.
public struct Conditioning: Sendable {
    public var entries: [Entry]
    public init(_ entries: [Entry]) { self.entries = entries }

    public struct Entry: Sendable {
        /// Text embedding, `[batch, tokens, width]`.
        public var embedding: Tensor
        /// Pooled text embedding, `[batch, width]`.
        public var pooled: Tensor?
        /// What ControlNets get in place of the embedding, `[1, tokens, width]`; `nil`: the embedding itself.
        public var controlEmbedding: Tensor?
        /// The part of the picture it counts for; `nil` is all of it.
        public var area: Area?
        /// Relative weight where several entries overlap.
        public var strength: Float = 1
        /// Where it counts, `[n, height, width]` of any size.
        public var mask: Tensor?
        public var maskStrength: Float = 1
        /// Whether the mask's bounding box becomes the area.
        public var maskSetsArea = false
        /// The part of the run in which it counts; `nil` is all of it.
        public var timestepRange: ScheduleRange?
        /// Counts only where, and as far as, no other entry of its side does.
        public var isDefault = false
        /// ControlNets and adapters, the first applied innermost.
        public var controls: [ControlApplication] = []
        /// Old ControlNetApply: entries of the other side without controls get these too.
        public var controlsApplyToOtherSide = false
        /// Changes of the model for this entry alone.
        public var hooks = ConditioningHooks()
        /// Boxes of a GLIGEN network.
        public var grounding: Grounding?
        /// What SDXL is told about sizes; `nil`: that of the picture being made.
        public var sizes: SizeConditioning?
        /// Pictures that steer, too; they add up.
        public var seenPictures: [SeenPicture] = []
        /// The picture that the ×4 upscaler enlarges.
        public var upscaling: UpscaleConditioning?
        /// Picture and mask of an inpainting U-Net.
        public var inpainting: Inpainting?

        public init(embedding: Tensor, pooled: Tensor? = nil) {
            self.embedding = embedding
            self.pooled = pooled
        }
    }

    /// A rectangle of the picture.
    public enum Area: Sendable, Hashable {
        /// In latent cells (an eighth of pixels).
        case cells(height: Int, width: Int, y: Int, x: Int)
        /// In shares of the latent's size, resolved when sampling.
        case shares(height: Double, width: Double, y: Double, x: Double)
    }

    /// What the nine-channel U-Net gets beside the noisy latent.
    public struct Inpainting: Sendable {
        /// Encoding of the masked picture, `[batch, channels, height, width]`, in the VAE's scale.
        public var latent: Tensor
        /// `[n, height, width]` or `[n, 1, height, width]`, of any size.
        public var mask: Tensor
        public init(latent: Tensor, mask: Tensor) {
            self.latent = latent
            self.mask = mask
        }
    }
}

/// One ControlNet or T2I adapter applied to an entry.
public struct ControlApplication: Sendable {
    public var control: ControlNet
    /// The hint picture, `[batch, height, width, 3]`, 0…1, of any size.
    public var hint: Tensor
    public var strength: Float
    /// The part of the run in which it acts.
    public var timestepRange: ScheduleRange
    public init(control: ControlNet, hint: Tensor, strength: Float, timestepRange: ScheduleRange = .whole) {
        self.control = control
        self.hint = hint
        self.strength = strength
        self.timestepRange = timestepRange
    }
}
