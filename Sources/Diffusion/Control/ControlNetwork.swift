internal import Checkpoints
internal import Tensors

/// What a sampler asks of a ControlNet or an adapter: residuals for the U-Net, before any strength.
protocol ControlNetwork: Sendable {
    /// - Parameters:
    ///   - call: the call that the U-Net will get.
    ///   - hint: `[n, height, width, channels]`, 0…1, of any size.
    /// - Throws: `NetworkError.wrongInput` when call or hint don't fit.
    func residuals(for call: NetworkCall, hint: Tensor) throws -> ControlResiduals
}

extension ControlNet {
    /// The network, ready to compute. Reads and packs what the store doesn't hold yet.
    ///
    /// - Parameter model: the model that is sampled; control-LoRAs are a change to it.
    func network(
        store: WeightStore, allowance: WeightAllowance? = nil, model: Model?, operations: Operations = Operations()
    ) throws -> any ControlNetwork {
        try network(model: model, operations: operations) { LayerLoader(source: $0, store: store, allowance: allowance) }
    }

    /// - Parameter load: a loader of a source.
    func network(
        model: Model?, operations: Operations = Operations(), _ load: (any TensorSource) -> LayerLoader
    ) throws -> any ControlNetwork {
        switch kind {
        case .controlLoRA:
            guard let model else {
                throw NetworkError(
                    .wrongInput, in: content.displayName, reason: "a control-LoRA needs the model that it changes, there is none")
            }
            let whole = try ControlLoRASource(content, base: model.patchedContent())
            return try ControlNetEncoder(loader: load(whole), operations: operations)
        case .controlNet: return try ControlNetEncoder(loader: load(content), hintKind: hintKind, operations: operations)
        case .adapter: return try HintAdapter(loader: load(content), operations: operations)
        }
    }
}

extension ControlResiduals {
    /// Every residual changed.
    func mapped(_ change: (Tensor) throws -> Tensor) rethrows -> ControlResiduals {
        var copy = self
        copy.input = try input.map { try $0.map(change) }
        copy.middle = try middle.map(change)
        copy.output = try output.map { try $0.map(change) }
        return copy
    }

    /// The sums of both, where both have one.
    ///
    /// - Throws: `NetworkError.wrongInput` when the two belong to different kinds of U-Net.
    func adding(
        _ other: ControlResiduals, place: String, _ operations: Operations
    ) throws -> ControlResiduals {
        func sum(_ a: Tensor?, _ b: Tensor?) throws -> Tensor? {
            guard let a, let b else { return a ?? b }
            guard a.shape == b.shape else {
                throw NetworkError(
                    .wrongInput, in: place, reason: "it gives \(b.shape) where another ControlNet gives \(a.shape)",
                    hint: "all ControlNets must be made for the family of the model")
            }
            return try operations.add(a, b)
        }
        func sums(_ a: [Tensor?], _ b: [Tensor?]) throws -> [Tensor?] {
            try (0..<max(a.count, b.count)).map { try sum($0 < a.count ? a[$0] : nil, $0 < b.count ? b[$0] : nil) }
        }
        var result = ControlResiduals()
        result.input = try sums(input, other.input)
        result.middle = try sum(middle, other.middle)
        result.output = try sums(output, other.output)
        return result
    }
}
