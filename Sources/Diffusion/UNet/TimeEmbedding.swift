internal import Checkpoints
internal import Glibc
internal import Tensors

/// The timestep, and for some models an extra vector, as a vector that every residual block is told.
struct TimeEmbedding: Sendable {
    let modelChannels: Int
    let width: Int
    let first, second: LinearWeights
    /// The two layers of the extra vector (SDXL: pooled text and sizes; unCLIP: the picture).
    let label: (first: LinearWeights, second: LinearWeights)?

    init(_ structure: UNetStructure, loader: LayerLoader) throws {
        modelChannels = structure.modelChannels
        first = try loader.linear("time_embed.0", inputs: modelChannels)
        width = first.outputs
        second = try loader.linear("time_embed.2", inputs: width, outputs: width)
        if let labelWidth = structure.labelWidth {
            let layer = try loader.linear("label_emb.0.0", inputs: labelWidth)
            label = (layer, try loader.linear("label_emb.0.2", inputs: layer.outputs, outputs: width))
        } else {
            label = nil
        }
    }

    /// - Parameters:
    ///   - timesteps: one per item.
    ///   - label: `[batch, labelWidth]`; checked by the caller.
    /// - Returns: `[batch, width]`.
    func callAsFunction(timesteps: [Float], label vector: Tensor?) -> Tensor {
        let waves = sinusoids(of: timesteps, width: modelChannels)
        var embedding = linear(linear(waves, first, activation: .silu), second)
        if let label, let vector {
            embedding = linear(linear(vector, label.first, activation: .silu), label.second, adding: embedding)
        }
        return embedding
    }
}

/// Numbers as vectors of cosines and then sines of falling frequency (Vaswani et al. 2017, as used by Ho et al. 2020).
///
/// - Returns: `[numbers, width]`; an odd width ends in zeros.
func sinusoids(of numbers: [Float], width: Int) -> Tensor {
    let half = width / 2
    return Tensor(shape: [numbers.count, width]) { out in
        out.initialize(repeating: 0)
        for (row, number) in numbers.enumerated() {
            for index in 0..<half {
                let frequency = expf(Float(-9.210340371976184) * Float(index) / Float(half))  // −ln 10000
                out[row * width + index] = cosf(number * frequency)
                out[row * width + half + index] = sinf(number * frequency)
            }
        }
    }
}
