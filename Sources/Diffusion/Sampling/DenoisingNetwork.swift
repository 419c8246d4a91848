internal import Synchronization
public import Tensors

/// Residuals that ControlNets and adapters add inside the U-Net, `[batch, height, width, channels]` each (channels
/// last).
public struct ControlResiduals: Sendable {
    /// Added to the output of input block `i` where not `nil` (T2I adapters).
    public var input: [Tensor?] = []
    /// Added after the middle block.
    public var middle: Tensor?
    /// Added to the skip connection `i`, in the order in which the input blocks made them.
    public var output: [Tensor?] = []
    public init() {}
}

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

/// A change to the tokens of transformer blocks for one call.
public protocol TokenPatch: Sendable {
    /// - Parameters:
    ///   - tokens: `[batch, tokens, channels]`, after the self-attention was added.
    ///   - block: the block's name in the U-Net: `input_blocks.1.1.transformer_blocks.0`.
    ///   - operations: what it computes with.
    func applied(to tokens: Tensor, in block: String, _ operations: Operations) throws -> Tensor
}

/// The network that guidance calls: a U-Net with its patches, ready to compute.
public protocol DenoisingNetwork: Sendable {
    /// Channels of `x` that the network wants: 4, or 9 for an inpainting model, 8 for one that edits, 7 for one that upscales.
    var inputChannels: Int { get }
    /// Channels of the latents that it denoises.
    var latentChannels: Int { get }
    /// What it wants to know beside timestep and text: the form of `NetworkCall.label`.
    var labelForm: LabelForm { get }
    /// The raw prediction (eps, v or x0), `[batch, latentChannels, height, width]`.
    func predict(_ call: NetworkCall) throws -> Tensor
}

extension DenoisingNetwork {
    public var labelForm: LabelForm { .none }
    public var latentChannels: Int { min(inputChannels, 4) }
}

/// Where the middle block's self-attention reports how much each token was looked at.
public final class AttentionRecord: Sendable {
    private let entry = Mutex<Tensor?>(nil)

    public init() {}

    /// `[batch, tokens]` of the whole call: softmax weights, averaged over heads and summed over queries.
    public var received: Tensor? {
        get { entry.withLock { $0 } }
        set { entry.withLock { $0 = newValue } }
    }
}
