internal import Tensors

/// Groups of `factor²` channels become blocks of pixels, channels last: `[b, h, w, c·f²]` to `[b, h·f, w·f, c]`.
///
/// Channel `c · f² + dy · f + dx` of a pixel goes to channel `c` of the pixel `(dy, dx)` of its block (Shi et al. 2016).
func pixelShuffled(_ x: Tensor, factor: Int) -> Tensor {
    let (batch, height, width) = (x.shape[0], x.shape[1], x.shape[2])
    let channels = x.shape[3] / (factor * factor)
    return x.reshaped([batch, height, width, channels, factor, factor])
        .permuted([0, 1, 4, 2, 5, 3])
        .reshaped([batch, height * factor, width * factor, channels])
}

/// The reverse: blocks of pixels become groups of channels. Sides divide by the factor.
func pixelUnshuffled(_ x: Tensor, factor: Int) -> Tensor {
    let (batch, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    return x.reshaped([batch, height / factor, factor, width / factor, factor, channels])
        .permuted([0, 1, 3, 5, 2, 4])
        .reshaped([batch, height / factor, width / factor, channels * factor * factor])
}

/// A picture grown below and to the right by mirroring, without repeating the last row or column.
///
/// Sides must be longer than what is added to them.
func reflected(_ x: Tensor, below: Int, right: Int) -> Tensor {
    if below == 0, right == 0 { return x }
    let (batch, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    func mirrored(_ index: Int, _ size: Int) -> Int { index < size ? index : max(0, 2 * (size - 1) - index) }
    return Tensor(shape: [batch, height + below, width + right, channels]) { out in
        x.withFloats { x in
            guard var target = out.baseAddress, let source = x.baseAddress else { return }
            for item in 0..<batch {
                for row in 0..<height + below {
                    for column in 0..<width + right {
                        let pixel = (item * height + mirrored(row, height)) * width + mirrored(column, width)
                        target.initialize(from: source + pixel * channels, count: channels)
                        target += channels
                    }
                }
            }
        }
    }
}
