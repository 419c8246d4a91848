import Checkpoints
import Diffusion
import Synchronization
import Tensors

/// Adds up the time of layers by kind, and what they compute.
///
/// Operations are counted as the direct method would need them, whatever is really done: a 3×3 convolution as 18 per input channel
/// and output number, though Winograd's way multiplies a quarter as often.
final class LayerTimes: LayerObserver {
    struct Sum {
        var seconds = 0.0
        var operations = 0.0
        var layers = 0
    }

    private let sums = Mutex<[String: Sum]>([:])
    private let weights: any TensorSource
    /// Keys of a cross attention.
    private let contextTokens: Int

    /// - Parameter weights: names the layers' tensors; their shapes tell the number of inputs.
    init(weights: any TensorSource, contextTokens: Int) {
        self.weights = weights
        self.contextTokens = contextTokens
    }

    func layer(_ kind: TensorOperation.Kind, _ name: String, took: Duration, output: Tensor) {
        let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) * 1e-18
        let (label, operations) = classify(kind, name, output)
        sums.withLock { sums in
            sums[label, default: Sum()].seconds += seconds
            sums[label, default: Sum()].operations += operations
            sums[label, default: Sum()].layers += 1
        }
    }

    /// The sums since the last call, largest first.
    func take() -> [(label: String, sum: Sum)] {
        sums.withLock { sums in
            defer { sums = [:] }
            return sums.map { ($0.key, $0.value) }.sorted { $0.1.seconds > $1.1.seconds }
        }
    }

    private func classify(_ kind: TensorOperation.Kind, _ name: String, _ output: Tensor) -> (String, Double) {
        switch kind {
        case .convolution:
            guard let shape = weightShape(name) else { return ("convolution", 0) }
            let kernel = shape.count == 4 ? shape[2] : 1
            return ("convolution \(kernel)x\(kernel)", product(shape, output))
        case .linear: return ("linear", weightShape(name).map { product($0, output) } ?? 0)
        case .gatedLinear: return ("linear with GEGLU", 2 * (weightShape(name).map { product($0, output) } ?? 0))
        case .attention:
            let keys = name.hasSuffix("attn2") ? contextTokens : output.shape[1]
            return (
                name.hasSuffix("attn2") ? "attention to the text" : "self attention",
                4 * Double(output.count) * Double(keys)
            )
        case .groupNorm, .layerNorm: return ("norms", 0)
        case .join, .take, .permute, .pick, .resizeNearest, .mirrorBeyond, .lookUp: return ("moving numbers", 0)
        default: return ("elementwise", 0)
        }
    }

    private func product(_ shape: [Int], _ output: Tensor) -> Double {
        2 * Double(output.count) * Double(shape.dropFirst().reduce(1, *))
    }

    /// Shape of the layer's weight, or of the first one where several are computed together.
    private func weightShape(_ name: String) -> [Int]? {
        let joined = name.replacing(".to_qkv", with: ".to_q").replacing(".to_kv", with: ".to_k").replacing(".qkv", with: ".q")
        for suffix in [".weight", ".proj.weight", ".op.weight", ".conv.weight", ".1.weight"] {
            if let info = weights.directory[joined + suffix] { return info.shape }
        }
        return nil
    }
}
