internal import Tensors

// Sums over one item of a batch: all dimensions but the first. In double precision, in order.
extension Tensor {
    /// Elements of an item.
    private var itemCount: Int { shape.dropFirst().reduce(1, *) }

    /// A number per item from its elements.
    private func perItem(_ body: (UnsafeBufferPointer<Float>) -> Double) -> [Double] {
        let size = itemCount
        return withFloats { x in
            (0..<shape[0]).map { body(UnsafeBufferPointer(rebasing: x[$0 * size..<($0 + 1) * size])) }
        }
    }

    /// Standard deviation of each item (n − 1).
    var deviationPerItem: [Float] {
        perItem { x in
            let mean = x.reduce(0.0) { $0 + Double($1) } / Double(x.count)
            let squares = x.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
            return (squares / Double(x.count - 1)).squareRoot()
        }.map { Float($0) }
    }

    /// Sum of squares of each item.
    var squaredNormPerItem: [Double] { perItem { $0.reduce(0.0) { $0 + Double($1) * Double($1) } } }

    /// Inner product of each item with another tensor's.
    func dotPerItem(_ other: Tensor) -> [Double] { (self * other).perItem { $0.reduce(0.0) { $0 + Double($1) } } }

    /// A new tensor from each element and the number of its item.
    func mapItems(_ body: (Int, Float) -> Float) -> Tensor {
        let size = itemCount
        return Tensor(shape: shape) { out in
            withFloats { x in
                for item in 0..<shape[0] {
                    for index in item * size..<(item + 1) * size { out[index] = body(item, x[index]) }
                }
            }
        }
    }

    /// Length of the channel vector at each place of `[batch, channels, height, width]`: `[batch, 1, height, width]`.
    var channelNorm: Tensor {
        let (batch, channels, plane) = (shape[0], shape[1], shape[2] * shape[3])
        return Tensor(shape: [batch, 1, shape[2], shape[3]]) { out in
            withFloats { x in
                for item in 0..<batch {
                    for place in 0..<plane {
                        var sum: Float = 0
                        for channel in 0..<channels {
                            let value = x[(item * channels + channel) * plane + place]
                            sum += value * value
                        }
                        out[item * plane + place] = sum.squareRoot()
                    }
                }
            }
        }
    }

    /// Every channel multiplied by a tensor `[batch, 1, height, width]`.
    func scaledPerPlace(_ factors: Tensor) -> Tensor {
        self * Tensor.concatenated([Tensor](repeating: factors, count: shape[1]), along: 1)
    }
}
