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
    func network(store: WeightStore, model: Model?) throws -> any ControlNetwork {
        let loader = LayerLoader(source: content, store: store)
        switch kind {
        case .controlLoRA:
            guard let model else {
                throw NetworkError(
                    .wrongInput, in: content.displayName, reason: "a control-LoRA needs the model that it changes, there is none")
            }
            let whole = try ControlLoRASource(content, base: model.patchedContent())
            return try ControlNetEncoder(loader: LayerLoader(source: whole, store: store))
        case .controlNet: return try ControlNetEncoder(loader: loader, hintKind: hintKind)
        case .adapter: return try HintAdapter(loader: loader)
        }
    }
}

extension ControlResiduals {
    /// Every residual changed.
    func mapped(_ change: (Tensor) -> Tensor) -> ControlResiduals {
        var copy = self
        copy.input = input.map { $0.map(change) }
        copy.middle = middle.map(change)
        copy.output = output.map { $0.map(change) }
        return copy
    }

    /// The sums of both, where both have one.
    ///
    /// - Throws: `NetworkError.wrongInput` when the two belong to different kinds of U-Net.
    func adding(_ other: ControlResiduals, place: String) throws -> ControlResiduals {
        func sum(_ a: Tensor?, _ b: Tensor?) throws -> Tensor? {
            guard let a, let b else { return a ?? b }
            guard a.shape == b.shape else {
                throw NetworkError(
                    .wrongInput, in: place, reason: "it gives \(b.shape) where another ControlNet gives \(a.shape)",
                    hint: "all ControlNets must be made for the family of the model")
            }
            return a + b
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

/// The mean over height and width at every place of `[batch, height, width, channels]`.
func averagedOverPicture(_ x: Tensor) -> Tensor {
    let (batch, pixels, channels) = (x.shape[0], x.shape[1] * x.shape[2], x.shape[3])
    return Tensor(shape: x.shape) { out in
        x.withFloats { x in
            var sums = [Double](repeating: 0, count: channels)
            for item in 0..<batch {
                let start = item * pixels * channels
                for channel in 0..<channels { sums[channel] = 0 }
                for index in 0..<pixels * channels { sums[index % channels] += Double(x[start + index]) }
                for index in 0..<pixels * channels { out[start + index] = Float(sums[index % channels] / Double(pixels)) }
            }
        }
    }
}
