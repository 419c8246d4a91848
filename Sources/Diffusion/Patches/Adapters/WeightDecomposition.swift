internal import Checkpoints
internal import Tensors

/// DoRA: the changed weight keeps a trained length per row or column.
///
/// `V = W + delta`, `W' = V · scale / (norm + ε)`, `W += strength · (W' − W)`. With a scale per output row the norm is that of the
/// rows of the *original* W, with one per input column that of the columns of V: so the reference computes it, though the
/// paper says otherwise. Source: Liu et al. 2024; ComfyUI.
struct WeightDecomposition: Sendable {
    private let module: AdapterModule
    private let scaleShape: [Int]
    private static let epsilon: Float = 1.1920929e-7

    /// `nil` when the module has no scale.
    init?(_ module: AdapterModule) {
        guard let shape = module.shape(.doraScale), !shape.isEmpty else { return nil }
        self.module = module
        scaleShape = shape
    }

    func fits(_ shape: [Int]) -> Bool {
        guard shape.count >= 2 else { return false }
        let count = scaleShape.reduce(1, *)
        return scaleShape[0] == shape[0] ? count == shape[0] : count == shape[1]
    }

    func changed(_ weight: Tensor, delta: Tensor, strength: Float) throws -> Tensor {
        let scale = try module.floats(.doraScale)
        let (rows, columns) = (weight.shape[0], weight.shape[1])
        let kernel = weight.shape[2...].reduce(1, *)
        let perRow = scaleShape[0] == rows
        let sum = weight + delta
        let measured = perRow ? weight : sum
        var squares = [Double](repeating: 0, count: perRow ? rows : columns)
        measured.withFloats { w in
            for row in 0..<rows {
                for column in 0..<columns {
                    var square = 0.0
                    for place in 0..<kernel {
                        let value = Double(w[(row * columns + column) * kernel + place])
                        square += value * value
                    }
                    squares[perRow ? row : column] += square
                }
            }
        }
        let factors = scale.withFloats { s in squares.indices.map { s[$0] / (Float(squares[$0].squareRoot()) + Self.epsilon) } }
        return Tensor(shape: weight.shape) { out in
            weight.withFloats { w in
                sum.withFloats { v in
                    for row in 0..<rows {
                        for column in 0..<columns {
                            let factor = factors[perRow ? row : column]
                            for place in 0..<kernel {
                                let index = (row * columns + column) * kernel + place
                                out[index] = w[index] + strength * (v[index] * factor - w[index])
                            }
                        }
                    }
                }
            }
        }
    }
}
