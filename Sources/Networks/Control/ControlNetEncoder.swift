internal import Checkpoints
internal import Synchronization
package import Tensors

/// A ControlNet (Zhang et al. 2023): the input half of a U-Net that sees an encoded hint, with a 1×1 convolution after each block.
///
///     hint ─ convolutions, ÷ 8 ─┐
///     x ─ input block 0 ───────(+)─ input block 1 ─ … ─ middle block
///                                │            │              │
///                            zero conv    zero conv      zero conv      → residuals
package struct ControlNetEncoder: ControlNetwork {
    private let structure: UNetStructure
    private let timeEmbedding: TimeEmbedding
    private let inputBlocks: [UNetBlock]
    private let middleBlock: UNetBlock
    private let outputs: [LinearWeights]
    private let middleOutput: LinearWeights
    private let hintLayers: [ConvolutionWeights]
    private let union: ControlUnion?
    private let hintKind: Int?
    private let operations: Operations
    private let contexts = ContextCache()
    private let hints = HintCache()
    /// For messages.
    private let place: String

    /// - Parameter hintKind: for a ControlNet of many kinds; others don't look at it.
    package init(loader: LayerLoader, hintKind: Int? = nil, operations: Operations = Operations()) throws {
        self.operations = operations
        let structure = try UNetStructure(Weights(loader.source))
        place = loader.source.displayName
        guard let family = ModelFamily(structure) else {
            throw NetworkError(.notRecognised, in: place, reason: "this ControlNet belongs to no known family of models")
        }
        let embedding = try TimeEmbedding(structure, loader: loader)
        func block(_ name: String, _ place: BlockPlace, _ inputs: Int) throws -> UNetBlock {
            try UNetBlock(
                loader: loader.part(name), place: place, inputs: inputs, contextWidth: structure.contextWidth ?? 0,
                embeddingWidth: embedding.width, family: family, separateProjections: [])
        }
        var channels = structure.inputChannels
        var outputs: [LinearWeights] = []
        inputBlocks = try (0..<structure.input.count).map { number in
            let made = try block("input_blocks.\(number)", .input(number), channels)
            channels = made.outputs
            outputs.append(try loader.linear("zero_convs.\(number).0", inputs: channels, outputs: channels))
            return made
        }
        middleBlock = try block("middle_block", .middle, channels)
        middleOutput = try loader.linear("middle_block_out.0", inputs: middleBlock.outputs, outputs: middleBlock.outputs)
        hintLayers = try Self.hintLayers(loader.part("input_hint_block"), outputs: inputBlocks.first?.outputs ?? 0)
        union = try ControlUnion(loader: loader, channels: inputBlocks.first?.outputs ?? 0, embeddingWidth: embedding.width)
        self.hintKind = union == nil ? nil : hintKind
        if let union, let hintKind, !(0..<union.kinds).contains(hintKind) {
            throw NetworkError(
                .wrongInput, in: place, reason: "the kind of hint chosen is its number \(hintKind), it knows \(union.kinds)",
                hint: "choose another kind with SetUnionControlNetType, or auto")
        }
        timeEmbedding = embedding
        self.outputs = outputs
        self.structure = structure
    }

    /// Eight convolutions with SiLU between them; every second one from the third on halves the picture.
    private static func hintLayers(_ loader: LayerLoader, outputs: Int) throws -> [ConvolutionWeights] {
        var channels = try loader.demandedShape("0.weight").dropFirst().first ?? 0
        var layers: [ConvolutionWeights] = []
        while loader.has("\(2 * layers.count).weight") {
            let halves = [2, 4, 6].contains(layers.count)
            let layer = try loader.convolution("\(2 * layers.count)", inputs: channels, stride: halves ? 2 : 1)
            channels = layer.outputs
            layers.append(layer)
        }
        guard layers.count == 8, channels == outputs else {
            throw loader.wrongShape("14.weight", "eight convolutions that end in \(outputs) channels were expected")
        }
        return layers
    }

    package func residuals(for call: NetworkCall, hint: Tensor) throws -> ControlResiduals {
        try check(call)
        let (height, width) = (call.x.shape[2], call.x.shape[3])
        // Channels beyond the latent's belong to an inpainting U-Net alone.
        let latent = try operations.take(call.x, along: 1, from: 0, count: structure.inputChannels)
        let encodedHint = try hints.value(for: hint, height: height, width: width) {
            var h = try HintPicture.fitted(
                hint, latentHeight: height, latentWidth: width, channels: hintLayers[0].inputs, place: place)
            for (index, layer) in hintLayers.enumerated() {
                h = try operations.convolution(h, layer)
                if index < hintLayers.count - 1 { h = try operations.silu(h) }
            }
            if let union, let hintKind { h = try union.shifted(h, kind: hintKind, operations) }
            return h
        }
        let guide = try HintPicture.spread(encodedHint, over: latent.shape[0], sides: call.sides.count, operations)
        var embedding = try timeEmbedding(timesteps: call.timesteps, label: call.label, operations)
        if let union {
            let kind = try union.embedding(of: hintKind, operations)
            embedding = try operations.add(embedding, operations.repeated(kind, toBatch: embedding.shape[0]))
        }
        let pass = UNetPass(
            embedding: try operations.silu(embedding), context: call.context,
            keysAndValues: contexts.projections(of: call.context), hooks: NetworkHooks(), middleAttention: .computed, tokenPatch: nil,
            site: BlockSite(
                place: .middle, height: height, width: width, latentHeight: height, latentWidth: width, sigma: call.sigma,
                sides: call.sides, generator: nil, modelChannels: structure.modelChannels, operations: operations),
            operations: operations)

        var residuals = ControlResiduals()
        var h = try operations.channelsLast(latent)  // [batch, height, width, channels]
        for (number, block) in inputBlocks.enumerated() {
            h = try block([h], pass)
            if number == 0 { h = try operations.add(h, guide) }
            residuals.output.append(try operations.linear(h, outputs[number]))
        }
        residuals.middle = try operations.linear(middleBlock([h], pass), middleOutput)
        return residuals
    }

    private func check(_ call: NetworkCall) throws {
        func refuse(_ reason: String) -> NetworkError {
            NetworkError(
                .wrongInput, in: place, reason: reason, hint: "this ControlNet was made for another family of models")
        }
        guard call.x.rank == 4, call.x.shape[1] >= structure.inputChannels else {
            throw refuse("the latent is \(call.x.shape), \(structure.inputChannels) channels are wanted")
        }
        if let width = structure.contextWidth, call.context.shape.last != width {
            throw refuse("the conditioning is \(call.context.shape), a width of \(width) is wanted")
        }
        if let width = structure.labelWidth, call.label?.shape != [call.x.shape[0], width] {
            throw refuse("an extra vector of width \(width) is wanted with the conditioning")
        }
    }
}

/// What was made of the hints of late: it stays the same over a whole run.
final class HintCache: Sendable {
    private struct Entry {
        var hint: Tensor
        var height: Int, width: Int
        var value: Tensor
    }

    /// Two sides of a few areas at most.
    private static let capacity = 4
    private let entries = Mutex<[Entry]>([])

    func value(for hint: Tensor, height: Int, width: Int, make: () throws -> Tensor) rethrows -> Tensor {
        let found = entries.withLock { entries in
            entries.first { $0.height == height && $0.width == width && $0.hint.hasSameBits(as: hint) }?.value
        }
        if let found { return found }
        let value = try make()
        entries.withLock { entries in
            entries.append(Entry(hint: hint, height: height, width: width, value: value))
            if entries.count > Self.capacity { entries.removeFirst() }
        }
        return value
    }
}
