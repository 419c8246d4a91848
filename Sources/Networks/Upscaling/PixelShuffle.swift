internal import Tensors

extension Operations {
    /// Groups of `factor²` channels become blocks of pixels, channels last: `[b, h, w, c·f²]` to `[b, h·f, w·f, c]`.
    ///
    /// Channel `c · f² + dy · f + dx` of a pixel goes to channel `c` of the pixel `(dy, dx)` of its block (Shi et al. 2016).
    func pixelShuffled(_ x: Tensor, factor: Int) throws -> Tensor {
        let (batch, height, width) = (x.shape[0], x.shape[1], x.shape[2])
        let channels = x.shape[3] / (factor * factor)
        return try permute(x.reshaped([batch, height, width, channels, factor, factor]), [0, 1, 4, 2, 5, 3])
            .reshaped([batch, height * factor, width * factor, channels])
    }

    /// The reverse: blocks of pixels become groups of channels. Sides divide by the factor.
    func pixelUnshuffled(_ x: Tensor, factor: Int) throws -> Tensor {
        let (batch, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        return try permute(x.reshaped([batch, height / factor, factor, width / factor, factor, channels]), [0, 1, 3, 5, 2, 4])
            .reshaped([batch, height / factor, width / factor, channels * factor * factor])
    }
}
