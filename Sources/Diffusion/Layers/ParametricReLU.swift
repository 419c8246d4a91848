internal import Tensors

/// `x` where positive, elsewhere multiplied by a slope for each channel (PReLU, He et al. 2015).
///
/// - Parameters:
///   - x: `[…, channels]`.
///   - slopes: `[channels]`.
func leakyReLU(_ x: Tensor, slopes: Tensor) -> Tensor {
    Tensor(shape: x.shape) { out in
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
