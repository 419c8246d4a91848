/// The learned scale and shift of a norm.
public struct NormWeights: Sendable {
    let weight: Tensor
    let bias: Tensor
    public var channels: Int { weight.count }

    /// - Parameters:
    ///   - weight: `[channels]`.
    ///   - bias: `[channels]`.
    public init(weight: Tensor, bias: Tensor) {
        precondition(weight.shape == bias.shape && weight.rank == 1, "norm of \(weight.shape) and \(bias.shape)")
        (self.weight, self.bias) = (weight.float32(), bias.float32())
    }
}

/// Group normalisation of channels-last pictures (Wu & He 2018), with SiLU after it if wanted.
///
/// - Parameters:
///   - parts: pictures `[batch, height, width, cᵢ]` whose channels lie side by side; a group may straddle a border.
///   - epsilon: added to the variance.
/// - Returns: `[batch, height, width, Σcᵢ]`.
public func groupNorm(
    _ parts: [Tensor], _ weights: NormWeights, groups: Int = 32, epsilon: Float, silu applySilu: Bool = false
) -> Tensor {
    let x = parts.count == 1 ? parts[0] : Tensor.concatenated(parts, along: parts[0].rank - 1)
    let channels = weights.channels
    precondition(x.shape.last == channels && channels % groups == 0, "group norm of \(x.shape): \(channels) channels, \(groups) groups")
    let batch = x.shape[0]
    let pixels = x.count / max(batch * channels, 1)
    let size = channels / groups
    return Tensor(shape: x.shape) { out in
        x.withFloats { x in
            weights.weight.withFloats { weight in
                weights.bias.withFloats { bias in
                    for item in 0..<batch {
                        for group in 0..<groups {
                            var sum = 0.0, squares = 0.0
                            for pixel in 0..<pixels {
                                let start = (item * pixels + pixel) * channels + group * size
                                for c in start..<start + size { sum += Double(x[c]); squares += Double(x[c]) * Double(x[c]) }
                            }
                            let n = Double(pixels * size)
                            let mean = sum / n
                            let factor = Float(1 / (max(squares / n - mean * mean, 0) + Double(epsilon)).squareRoot())
                            for pixel in 0..<pixels {
                                let start = (item * pixels + pixel) * channels + group * size
                                for c in 0..<size {
                                    let channel = group * size + c
                                    out[start + c] = (x[start + c] - Float(mean)) * factor * weight[channel] + bias[channel]
                                }
                            }
                        }
                    }
                }
            }
        }
        if applySilu { for index in 0..<out.count { out[index] = siluValue(out[index]) } }
    }
}

/// Group normalisation of one picture.
public func groupNorm(
    _ x: Tensor, _ weights: NormWeights, groups: Int = 32, epsilon: Float, silu applySilu: Bool = false
) -> Tensor {
    groupNorm([x], weights, groups: groups, epsilon: epsilon, silu: applySilu)
}

/// Layer normalisation over the last dimension (Ba et al. 2016).
///
/// - Parameter x: `[…, channels]`.
public func layerNorm(_ x: Tensor, _ weights: NormWeights, epsilon: Float = 1e-5) -> Tensor {
    let channels = weights.channels
    precondition(x.shape.last == channels, "layer norm of \(x.shape): \(channels) channels")
    return Tensor(shape: x.shape) { out in
        x.withFloats { x in
            weights.weight.withFloats { weight in
                weights.bias.withFloats { bias in
                    for start in stride(from: 0, to: x.count, by: channels) {
                        var sum = 0.0, squares = 0.0
                        for c in start..<start + channels { sum += Double(x[c]); squares += Double(x[c]) * Double(x[c]) }
                        let mean = sum / Double(channels)
                        let factor = Float(1 / (max(squares / Double(channels) - mean * mean, 0) + Double(epsilon)).squareRoot())
                        for c in 0..<channels { out[start + c] = (x[start + c] - Float(mean)) * factor * weight[c] + bias[c] }
                    }
                }
            }
        }
    }
}
