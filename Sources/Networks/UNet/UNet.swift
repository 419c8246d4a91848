public import Checkpoints
public import Tensors

/// The denoising network of Stable Diffusion 1, 2 and XL with its patches, ready to compute (Rombach et al. 2022).
///
/// Input blocks halve the picture and deepen it, a middle block follows, output blocks go back up and look at what the input blocks
/// left for them. Inside, pictures are channels-last.
public struct UNet: DenoisingNetwork {
    public let structure: UNetStructure
    public let labelForm: LabelForm
    let timeEmbedding: TimeEmbedding
    let inputBlocks: [UNetBlock]
    let middleBlock: UNetBlock
    let outputBlocks: [UNetBlock]
    let outputNorm: NormWeights
    let outputConvolution: ConvolutionWeights
    let hooks: NetworkHooks
    private let operations: Operations
    /// For messages.
    let place: String
    private let contexts = ContextCache()
    /// Whether items of a batch are computed one after the other where nothing looks at several: less memory, the same bits.
    package var takesItemsApart = false

    public var inputChannels: Int { structure.inputChannels }
    public var latentChannels: Int { structure.outputChannels }

    /// Reads and packs the whole network, as far as the loader's store doesn't hold it.
    package init(
        _ structure: UNetStructure, family: ModelFamily, loader: LayerLoader, hooks: NetworkHooks,
        operations: Operations = Operations()
    ) throws {
        self.structure = structure
        labelForm = LabelForm(family, structure)
        self.hooks = hooks
        self.operations = operations
        place = loader.source.displayName
        let embedding = try TimeEmbedding(structure, loader: loader)
        timeEmbedding = embedding
        let separate = SeparateProjections(for: hooks)
        func block(_ name: String, _ place: BlockPlace, _ inputs: Int) throws -> UNetBlock {
            try UNetBlock(
                loader: loader.part(name), place: place, inputs: inputs, contextWidth: structure.contextWidth ?? 0,
                embeddingWidth: embedding.width, family: family, separateProjections: separate)
        }
        var channels = structure.inputChannels
        var skips: [Int] = []
        inputBlocks = try (0..<structure.input.count).map { number in
            let made = try block("input_blocks.\(number)", .input(number), channels)
            channels = made.outputs
            skips.append(channels)
            return made
        }
        middleBlock = try block("middle_block", .middle, channels)
        channels = middleBlock.outputs
        guard structure.output.count == structure.input.count else {
            throw NetworkError(
                .notRecognised, in: place,
                reason: "\(structure.input.count) input blocks and \(structure.output.count) output blocks don't pair up")
        }
        outputBlocks = try (0..<structure.output.count).map { number in
            let made = try block("output_blocks.\(number)", .output(number), channels + skips.removeLast())
            channels = made.outputs
            return made
        }
        outputNorm = try loader.norm("out.0", channels: channels, groups: 32)
        outputConvolution = try loader.convolution("out.2", inputs: channels)
    }

    public func predict(_ call: NetworkCall) throws -> Tensor {
        try check(call)
        guard takesItemsApart, hooks.isEmpty, let items = call.items else { return try predicted(call) }
        return try operations.join(items.map(predicted), along: 0)
    }

    private func predicted(_ call: NetworkCall) throws -> Tensor {
        let (height, width) = (call.x.shape[2], call.x.shape[3])
        let embedding = try timeEmbedding(timesteps: call.timesteps, label: call.label, operations)
        operations.block("time_embed", embedding)
        var pass = UNetPass(
            embedding: try operations.silu(embedding), context: call.context,
            keysAndValues: hooks.crossAttention.isEmpty ? contexts.projections(of: call.context) : nil, hooks: hooks,
            middleAttention: call.middleAttention, tokenPatch: call.tokenPatch,
            site: BlockSite(
                place: .middle, height: height, width: width, latentHeight: height, latentWidth: width, sigma: call.sigma,
                sides: call.sides, generator: call.generator, modelChannels: structure.modelChannels, operations: operations),
            operations: operations)
        func look(from place: BlockPlace, at h: Tensor) {
            (pass.site.place, pass.site.height, pass.site.width) = (place, h.shape[1], h.shape[2])
        }

        var h = try operations.channelsLast(call.x)  // [batch, height, width, channels]
        var skips: [Tensor] = []
        for (number, block) in inputBlocks.enumerated() {
            h = try block([h], pass)
            h = try adding(call.control?.input, number, to: h)
            look(from: block.place, at: h)
            for hook in hooks.inputBlocks { h = try hook(h, pass.site) }
            skips.append(h)
            for hook in hooks.inputBlocksAfterSkip { h = try hook(h, pass.site) }
        }

        h = try middleBlock([h], pass)
        if let residual = call.control?.middle { h = try adding([residual], 0, to: h) }
        look(from: .middle, at: h)
        for hook in hooks.middleBlock { h = try hook(h, pass.site) }

        for block in outputBlocks {
            var skip = skips.removeLast()
            skip = try adding(call.control?.output, skips.count, to: skip)
            look(from: block.place, at: h)
            for hook in hooks.outputBlocks { (h, skip) = try hook(h, skip, pass.site) }
            try checkSides(h, skip)
            let next = skips.last.map { (height: $0.shape[1], width: $0.shape[2]) }
            h = try block([h, skip], size: next, pass)
        }

        h = try operations.groupNorm(h, outputNorm, epsilon: 1e-5, silu: true, named: "out.0")
        h = try operations.convolution(h, outputConvolution, named: "out.2")
        return try operations.channelsFirst(h)
    }

    /// Adds the residual of that number, if there is one, to a picture of the same shape.
    private func adding(_ residuals: [Tensor?]?, _ number: Int, to h: Tensor) throws -> Tensor {
        guard let residuals, number < residuals.count, let residual = residuals[number] else { return h }
        guard residual.shape == h.shape else {
            throw NetworkError(
                .wrongInput, in: place, reason: "a ControlNet gives \(residual.shape) where the U-Net has \(h.shape)",
                hint: "the ControlNet was made for another family of models")
        }
        return try operations.add(h, residual)
    }

    private func checkSides(_ h: Tensor, _ skip: Tensor) throws {
        guard h.shape[1] == skip.shape[1], h.shape[2] == skip.shape[2] else {
            throw NetworkError(
                .wrongInput, in: place, reason: "pictures of \(h.shape) and \(skip.shape) meet in an output block",
                hint: "a patch changed the size of one of them alone")
        }
    }

    private func check(_ call: NetworkCall) throws {
        func refuse(_ reason: String, _ hint: String? = nil) -> NetworkError {
            NetworkError(.wrongInput, in: place, reason: reason, hint: hint)
        }
        guard call.x.rank == 4, call.x.shape[1] == structure.inputChannels, call.x.shape.allSatisfy({ $0 > 0 }) else {
            throw refuse("the latent is \(call.x.shape), \(structure.inputChannels) channels are wanted")
        }
        let batch = call.x.shape[0]
        guard call.timesteps.count == batch else { throw refuse("\(call.timesteps.count) timesteps for \(batch) items") }
        guard call.context.rank == 3, call.context.shape[0] == batch, call.context.shape[1] > 0,
            structure.contextWidth == nil || call.context.shape[2] == structure.contextWidth
        else {
            throw refuse(
                "the conditioning is \(call.context.shape), this model wants texts of width \(structure.contextWidth ?? 0)",
                "encode the prompt with the text encoder that belongs to this model")
        }
        if let levels = structure.labelClasses {
            guard let label = call.label, label.shape == [batch, 1],
                label.floats.allSatisfy({ $0 >= 0 && $0 < Float(levels) })
            else { throw refuse("this model wants to be told one of \(levels) noise levels") }
        }
        if let width = structure.labelWidth {
            guard call.label?.shape == [batch, width] else {
                throw refuse(
                    "this model wants an extra vector of width \(width) with the conditioning",
                    "encode the prompt with the text encoder that belongs to this model")
            }
        }
    }
}
