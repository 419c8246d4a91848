internal import Synchronization
public import Tensors

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
