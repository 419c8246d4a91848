public import Checkpoints
public import Networks
internal import Synchronization
internal import Tensors

extension SavedTensors {
    /// How a difference is kept.
    public enum DifferenceKind: String, Sendable, CaseIterable {
        /// Matrices as products of low rank, vectors in full.
        case standard
        /// Everything in full.
        case full = "full_diff"
    }

    /// Weights that are a difference (of two models, by a merge) as a LoRA, in half precision.
    ///
    /// Each matrix D is replaced by its best approximation of the rank, `up · down` with `up = U·S` and `down = Vᵀ` of its singular
    /// value decomposition, both limited to the 99th percentile of their elements. Source: ComfyUI `LoraSave`, after kohya's
    /// extraction script.
    ///
    /// - Parameters:
    ///   - parameters: of the network that the weights are for.
    ///   - source: the differences, under the same names.
    ///   - key: what the names begin with that the file doesn't have: `clip_l.`.
    ///   - prefix: `diffusion_model.`, or `text_encoders.clip_l.transformer.`.
    ///   - withBiases: whether biases and norms are kept, too.
    public mutating func addDifference(
        _ parameters: ParameterTree, of source: any TensorSource, below key: String = "", prefix: String, rank: Int, kind: DifferenceKind,
        withBiases: Bool
    ) {
        for parameter in parameters.parameters {
            let name = parameter.name
            guard let info = source.directory[name], info.dtype.isFloatingPoint else { continue }
            let module = prefix + parameter.layer.dropFirst(key.count)
            if parameter.role == .bias {
                if withBiases { addFull(module + ".diff_b", source, name, info) }
            } else if info.shape.count < 2 || kind == .full {
                if info.shape.count >= 2 || withBiases { addFull(module + ".diff", source, name, info) }
            } else {
                addLowRank(module, source, name, info, rank: rank)
            }
        }
    }

    private mutating func addFull(_ target: String, _ source: any TensorSource, _ name: String, _ info: TensorInfo) {
        add(target, TensorInfo(dtype: .float16, shape: info.shape)) {
            try source.tensor(named: name).float32().rounded(to: .float16)
        }
    }

    private mutating func addLowRank(_ target: String, _ source: any TensorSource, _ name: String, _ info: TensorInfo, rank: Int) {
        let (rows, columns) = (info.shape[0], info.shape[1...].reduce(1, *))
        let rank = max(1, min(rank, rows, info.shape[1]))
        let tail = info.shape.dropFirst(2)
        let upShape = [rows, rank] + tail.map { _ in 1 }
        let downShape = [rank] + info.shape.dropFirst()
        let factors = TransientValue {
            let difference = try source.tensor(named: name).float32().reshaped([rows, columns])
            return try LowRankApproximation(difference, rank: rank).clamped(quantile: 0.99)
        }
        func half(_ part: @escaping @Sendable (LowRankApproximation) -> Tensor, _ shape: [Int]) -> @Sendable () throws -> Tensor {
            { part(try factors.take()).reshaped(shape).rounded(to: .float16) }
        }
        add(target + ".lora_up.weight", TensorInfo(dtype: .float16, shape: upShape), half(\.up, upShape))
        add(target + ".lora_down.weight", TensorInfo(dtype: .float16, shape: downShape), half(\.down, downShape))
    }
}

/// Something costly that is wanted twice, the second time soon after the first: made once, kept in between, then forgotten.
private final class TransientValue<Value: Sendable>: Sendable {
    private let kept = Mutex<Value?>(nil)
    private let make: @Sendable () throws -> Value

    init(_ make: @escaping @Sendable () throws -> Value) { self.make = make }

    func take() throws -> Value {
        if let value = kept.withLock({ kept in kept.take() }) { return value }
        let value = try make()
        kept.withLock { $0 = value }
        return value
    }
}
