internal import Checkpoints
internal import Glibc
package import Tensors

/// The timestep, and for some models an extra vector, as a vector that every residual block is told.
struct TimeEmbedding: Sendable {
    let modelChannels: Int
    let width: Int
    let first, second: LinearWeights
    /// The two layers of the extra vector (SDXL: pooled text and sizes; unCLIP: the picture).
    let label: (first: LinearWeights, second: LinearWeights)?
    /// Vectors to choose from, in place of layers (the ×4 upscaler's noise levels), `[levels, width]`.
    let labelTable: Tensor?

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
        if let levels = structure.labelClasses {
            labelTable = try loader.tensor("label_emb.weight", shape: [levels, first.outputs])
        } else {
            labelTable = nil
        }
    }

    /// - Parameters:
    ///   - timesteps: one per item.
    ///   - label: `[batch, labelWidth]`, or `[batch, 1]`, the numbers of rows of the table; checked by the caller.
    /// - Returns: `[batch, width]`.
    func callAsFunction(timesteps: [Float], label vector: Tensor?, _ operations: Operations) throws -> Tensor {
        let waves = sinusoids(of: timesteps, width: modelChannels)
        var embedding = try operations.linear(operations.linear(waves, first, activation: .silu), second)
        if let label, let vector {
            let hidden = try operations.linear(vector, label.first, activation: .silu)
            embedding = try operations.linear(hidden, label.second, adding: embedding)
        }
        if let labelTable, let vector {
            embedding = try operations.add(embedding, operations.lookUp(labelTable, rows: vector.floats.map { Int($0) }))
        }
        return embedding
    }
}

/// Numbers as vectors of cosines and then sines of falling frequency (Vaswani et al. 2017, as used by Ho et al. 2020).
///
/// - Returns: `[numbers, width]`; an odd width ends in zeros.
package func sinusoids(of numbers: [Float], width: Int) -> Tensor {
    let half = width / 2
    let frequencies = sinusoidFrequencies(half)
    return Tensor(shape: [numbers.count, width]) { out in
        out.initialize(repeating: 0)
        for (row, number) in numbers.enumerated() {
            for (index, frequency) in frequencies.enumerated() {
                out[row * width + index] = cosf(number * frequency)
                out[row * width + half + index] = sinf(number * frequency)
            }
        }
    }
}

/// `10000^(−index / count)`, computed in single precision as PyTorch does.
///
/// The last bit counts: at timestep 999 it is 3e-5 of the phase, more than all rounding of the network's first blocks. PyTorch's
/// vectorised exponential is not always rounded correctly where the exact value lies near the middle between two floats; ours is.
/// `roundedUp` lists what is known of that, found by solving reference values for the frequencies.
private func sinusoidFrequencies(_ count: Int) -> [Float] {
    (0..<count).map { index in
        let frequency = expf(Float(-9.210340371976184) * Float(index) / Float(count))  // −ln 10000
        return roundedUp[count]?.contains(index) == true ? frequency.nextUp : frequency
    }
}

/// By the number of frequencies: those whose exact value is just below the middle (0.479 of the last bit) and is rounded up.
private let roundedUp: [Int: Set<Int>] = [32: [3]]
