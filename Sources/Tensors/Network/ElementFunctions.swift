internal import Glibc

extension Tensor {
    /// A new tensor with a function applied to every element.
    func map(_ function: ElementFunction) -> Tensor {
        switch function {
        case .leakyReLU(let slope): map { $0 > 0 ? $0 : slope * $0 }
        case .elu: map { $0 > 0 ? $0 : expm1f($0) }
        case .hardSwish: map { $0 * Swift.min(Swift.max($0 + 3, 0), 6) / 6 }
        case .tanh: map(tanhf)
        case .sigmoid: map { 1 / (1 + expf(-$0)) }
        case .softsign: map { $0 / (1 + abs($0)) }
        case .mish: map { $0 * tanhf(log1pf(expf($0))) }
        case .divide(let divisor): map { $0 / divisor }
        case .affine(let scale, let shift, nil): map { $0 * scale + shift }
        case .affine(let scale, let shift, let limits?):
            map {
                let value = $0 * scale + shift
                if value - value != 0 { return value }
                return value < limits.lowerBound ? limits.lowerBound : value > limits.upperBound ? limits.upperBound : value
            }
        case .softLimit(let limit): map { tanhf($0 / limit) * limit }
        }
    }
}

/// `x` where positive, elsewhere multiplied by a slope for each channel (PReLU, He et al. 2015).
///
/// - Parameters:
///   - x: `[…, channels]`.
///   - slopes: `[channels]`.
func leakyReLU(_ x: Tensor, slopes: Tensor) -> Tensor {
    precondition(slopes.count > 0 && x.shape.last == slopes.count, "\(slopes.count) slopes for \(x.shape)")
    return Tensor(shape: x.shape) { out in
        x.withFloats { x in
            slopes.withFloats { slopes in
                let channels = slopes.count
                for start in stride(from: 0, to: out.count, by: channels) {
                    for c in 0..<channels { out[start + c] = x[start + c] > 0 ? x[start + c] : slopes[c] * x[start + c] }
                }
            }
        }
    }
}
