internal import Tensors

/// `max(x, 0)`.
func relu(_ x: Tensor) -> Tensor { leakyReLU(x, slope: 0) }

/// `x` where positive, `slope · x` elsewhere.
func leakyReLU(_ x: Tensor, slope: Float) -> Tensor {
    Tensor(shape: x.shape) { out in
        x.withFloats { x in
            for index in 0..<out.count { out[index] = x[index] > 0 ? x[index] : slope * x[index] }
        }
    }
}

/// A slope for each channel (PReLU).
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
