internal import Tensors

/// What the blocks of a U-Net share during one call.
struct UNetPass {
    /// SiLU of the time embedding, `[batch, 4 · modelChannels]`.
    var embedding: Tensor
    /// Text embedding, `[batch, tokens, width]`.
    var context: Tensor
    /// Projected keys and values of the context, by layer; `nil` when hooks may change what goes into them.
    var keysAndValues: ContextProjections?
    var hooks: NetworkHooks
    var middleAttention: NetworkCall.MiddleAttention
    var tokenPatch: (any TokenPatch)?
    /// Height and width are those of the block being computed.
    var site: BlockSite
    /// Computes everything.
    var operations: Operations
}
