public import Tensors

/// One call of the denoising network, as guidance makes it.
public struct NetworkCall: Sendable {
    /// `[batch, channels, height, width]`, already scaled by c_in, inpainting channels appended.
    public var x: Tensor
    /// Timestep of every item (SD1's discrete models: an integer index 0…999).
    public var timesteps: [Float]
    /// `[batch, tokens, width]`.
    public var context: Tensor
    /// Extra vector of the time embedding (SDXL, unCLIP), `[batch, width]`, as `DenoisingNetwork.labelForm` says.
    public var label: Tensor?
    public var control: ControlResiduals?
    /// Noise level of the call, unitless; patches look at it.
    public var sigma: Float
    /// Which side each chunk of the batch belongs to, in order: the batch is cut into that many equal parts.
    public var sides: [Side]
    /// What the self-attention of the middle block does.
    public var middleAttention = MiddleAttention.computed
    /// Changes the tokens of every transformer block after its self-attention (GLIGEN).
    public var tokenPatch: (any TokenPatch)?
    /// The stream that patches which draw at random (HyperTile, token merging) continue; `nil`: they draw nothing.
    public var generator: SharedGenerator?

    /// Guidance methods that need a weakened prediction change the first self-attention of the middle block.
    public enum MiddleAttention: Sendable {
        case computed
        /// Every token takes its own value: the attention matrix is the identity (perturbed-attention guidance).
        case valuesOnly
        /// Computed, and the matrix is reported (self-attention guidance).
        case recorded(AttentionRecord)
    }

    public enum Side: Sendable, Hashable { case positive, negative }

    public init(
        x: Tensor, timesteps: [Float], context: Tensor, label: Tensor? = nil, control: ControlResiduals? = nil, sigma: Float,
        sides: [Side]
    ) {
        self.x = x
        self.timesteps = timesteps
        self.context = context
        self.label = label
        self.control = control
        self.sigma = sigma
        self.sides = sides
    }
}

extension NetworkCall {
    /// A call for each item of the batch; `nil` for a single one, and where something looks at several or keeps what it sees.
    var items: [NetworkCall]? {
        let batch = x.shape[0]
        guard batch > 1, tokenPatch == nil, case .computed = middleAttention, batch % max(sides.count, 1) == 0 else { return nil }
        return (0..<batch).map { index in
            var item = self
            item.x = x.item(index)
            item.timesteps = [timesteps[index]]
            item.context = context.item(index)
            item.label = label?.item(index)
            item.control = control?.mapped { $0.item(index) }
            item.sides = sides.isEmpty ? [] : [sides[index / (batch / sides.count)]]
            return item
        }
    }
}
