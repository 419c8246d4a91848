public import Tensors

/// A place in the U-Net where blocks can be told apart.
public enum BlockPlace: Sendable, Hashable {
    /// Input block by number, from 0.
    case input(Int)
    case middle
    /// Output block by number, from 0.
    case output(Int)
}

/// Where and for whom a hook is called.
public struct BlockSite: Sendable {
    public var place: BlockPlace
    /// Size of the picture in this block.
    public var height: Int
    public var width: Int
    /// Size of the latent that the network was called with.
    public var latentHeight: Int
    public var latentWidth: Int
    /// Noise level of the call.
    public var sigma: Float
    /// Which side each equal part of the batch belongs to.
    public var sides: [NetworkCall.Side]
    /// The stream that hooks which draw at random continue.
    public var generator: SharedGenerator?
    /// Channels of the first level.
    public var modelChannels: Int
    /// What hooks compute with, as the network does.
    public var operations: Operations
}

/// Where an attention hook is called.
public struct AttentionSite: Sendable {
    public var block: BlockSite
    /// Number of the transformer block within its spatial transformer.
    public var index: Int
    public var heads: Int
}

/// What goes into an attention layer, before its projections. `[batch, tokens, channels]` each; the batch may differ from the
/// network's when a wrapper cuts the picture into tiles.
public struct AttentionInputs: Sendable {
    public var query: Tensor
    public var key: Tensor
    public var value: Tensor
    public init(query: Tensor, key: Tensor, value: Tensor) {
        (self.query, self.key, self.value) = (query, key, value)
    }
}

/// Where model patches step into the U-Net. Pictures are `[batch, height, width, channels]`, tokens `[batch, tokens, channels]`.
///
/// Everything here is empty for a plain model, which then computes joined projections and fused additions.
public struct NetworkHooks: Sendable {
    /// Stands around a whole attention layer: may change what goes in, calls the layer (or not), may change what comes out.
    public typealias AttentionWrapper =
        @Sendable (
            AttentionInputs, AttentionSite, (AttentionInputs) throws -> Tensor
        ) throws -> Tensor
    /// Stands in for attention between the projections: gets projected queries, keys and values, gives what the output
    /// projection takes.
    public typealias AttentionReplacement = @Sendable (AttentionInputs, AttentionSite) throws -> Tensor
    /// Changes the picture between blocks.
    public typealias BlockHook = @Sendable (Tensor, BlockSite) throws -> Tensor
    /// Changes the picture and the skip connection that go into an output block.
    public typealias OutputBlockHook = @Sendable (Tensor, Tensor, BlockSite) throws -> (Tensor, Tensor)

    /// Around every self-attention, the first one outermost.
    public var selfAttention: [AttentionWrapper] = []
    /// Around every cross-attention, the first one outermost.
    public var crossAttention: [AttentionWrapper] = []
    /// In place of the self-attention of single blocks.
    public var selfAttentionReplacements: [BlockPlace: AttentionReplacement] = [:]
    /// In place of the cross-attention of single blocks.
    public var crossAttentionReplacements: [BlockPlace: AttentionReplacement] = [:]
    /// After an input block, before its output is kept as skip connection.
    public var inputBlocks: [BlockHook] = []
    /// After an input block, for what goes on to the next block alone.
    public var inputBlocksAfterSkip: [BlockHook] = []
    /// After the middle block.
    public var middleBlock: [BlockHook] = []
    /// Before an output block.
    public var outputBlocks: [OutputBlockHook] = []

    public init() {}

    /// Whether the network is a plain one.
    public var isEmpty: Bool {
        selfAttention.isEmpty && crossAttention.isEmpty && selfAttentionReplacements.isEmpty && crossAttentionReplacements.isEmpty
            && inputBlocks.isEmpty && inputBlocksAfterSkip.isEmpty && middleBlock.isEmpty && outputBlocks.isEmpty
    }
}
