internal import CTensorKernels

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
func groupNorm(
    _ parts: [Tensor], _ weights: NormWeights, groups: Int = 32, epsilon: Float, silu applySilu: Bool = false
) -> Tensor {
    let leading = Array(parts[0].shape.dropLast())
    let channels = weights.channels
    precondition(
        parts.allSatisfy { $0.shape.dropLast() == leading[...] } && parts.reduce(0) { $0 + ($1.shape.last ?? 0) } == channels
            && channels % groups == 0,
        "group norm of \(parts.map(\.shape)): \(channels) channels, \(groups) groups")
    return Tensor(shape: leading + [channels]) { out in
        withKernelInputs(parts) { inputs, count in
            weights.weight.withFloats { gamma in
                weights.bias.withFloats { beta in
                    var job = dk_group_norm(
                        inputs: inputs, input_count: count, batch: leading.first ?? 1,
                        pixels: leading.dropFirst().reduce(1, *), channels: channels, groups: groups,
                        gamma: gamma.baseAddress, beta: beta.baseAddress, epsilon: epsilon,
                        activation: applySilu ? DK_SILU : DK_LINEAR, y: out.baseAddress)
                    dk_group_norm_run(&job)
                }
            }
        }
    }
}

/// Group normalisation of one picture.
func groupNorm(
    _ x: Tensor, _ weights: NormWeights, groups: Int = 32, epsilon: Float, silu applySilu: Bool = false
) -> Tensor {
    groupNorm([x], weights, groups: groups, epsilon: epsilon, silu: applySilu)
}

extension Tensor {
    /// Whether the memory is this tensor's alone, so that a result may take its place.
    var isOverwritable: Bool {
        mutating get { dtype == .float32 && isKnownUniquelyReferenced(&storage) && storage.isAllocated }
    }
}

/// Group normalisation that writes over its input, if nobody else holds it; large pictures then need no second copy.
func groupNorm(
    inPlace x: inout Tensor, _ weights: NormWeights, groups: Int = 32, epsilon: Float, silu applySilu: Bool = false
) {
    x =
        x.isOverwritable
        ? groupNorm(over: x, weights, groups: groups, epsilon: epsilon, silu: applySilu)
        : groupNorm(x, weights, groups: groups, epsilon: epsilon, silu: applySilu)
}

/// Group normalisation in the memory of its input, which nobody may look at any more.
func groupNorm(over x: Tensor, _ weights: NormWeights, groups: Int, epsilon: Float, silu applySilu: Bool) -> Tensor {
    let channels = weights.channels
    precondition(
        x.shape.last == channels && channels % groups == 0, "group norm of \(x.shape): \(channels) channels, \(groups) groups")
    let start = (x.storage.start + x.byteOffset).assumingMemoryBound(to: Float.self)
    weights.weight.withFloats { gamma in
        weights.bias.withFloats { beta in
            withKernelInputs([x]) { inputs, count in
                // Safe: whoever calls this holds the only reference, and the kernel reads each number before it writes it.
                var job = dk_group_norm(
                    inputs: inputs, input_count: count, batch: x.shape[0], pixels: x.shape.dropFirst().dropLast().reduce(1, *),
                    channels: channels, groups: groups, gamma: gamma.baseAddress, beta: beta.baseAddress, epsilon: epsilon,
                    activation: applySilu ? DK_SILU : DK_LINEAR, y: start)
                dk_group_norm_run(&job)
            }
        }
    }
    return x
}

/// Layer normalisation over the last dimension (Ba et al. 2016).
///
/// - Parameter x: `[…, channels]`.
func layerNorm(_ x: Tensor, _ weights: NormWeights, epsilon: Float = 1e-5) -> Tensor {
    let channels = weights.channels
    precondition(x.shape.last == channels, "layer norm of \(x.shape): \(channels) channels")
    return Tensor(shape: x.shape) { out in
        x.withFloats { x in
            weights.weight.withFloats { gamma in
                weights.bias.withFloats { beta in
                    var job = dk_layer_norm(
                        x: x.baseAddress, rows: x.count / max(channels, 1), columns: channels, gamma: gamma.baseAddress,
                        beta: beta.baseAddress, epsilon: epsilon, y: out.baseAddress)
                    dk_layer_norm_run(&job)
                }
            }
        }
    }
}
