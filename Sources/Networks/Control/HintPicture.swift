internal import Pictures
internal import Tensors

/// Pictures that steer: made to fit the latent.
package enum HintPicture {
    /// Pixels of a latent's cell, across.
    package static let scale = 8

    /// The hint at eight times the latent's size: nearest pixels, the centre where proportions differ.
    ///
    /// - Parameters:
    ///   - hint: `[batch, height, width, channels]`, 0…1.
    ///   - multiple: sides are rounded up to multiples of it.
    ///   - channels: what the network looks at: the first so many; for 1 the mean of all.
    /// - Returns: `[batch, 8 · latentHeight, 8 · latentWidth, channels]`, sides rounded up.
    /// - Throws: `NetworkError.wrongInput` when the hint has too few channels.
    static func fitted(
        _ hint: Tensor, latentHeight: Int, latentWidth: Int, multiple: Int = scale, channels: Int, place: String
    ) throws -> Tensor {
        guard hint.rank == 4, hint.shape.allSatisfy({ $0 > 0 }), channels == 1 || hint.shape[3] >= channels else {
            throw NetworkError(
                .wrongInput, in: place, reason: "the hint is \(hint.shape), \(channels) channels are wanted")
        }
        func side(_ latent: Int) -> Int { (latent * scale + multiple - 1) / multiple * multiple }
        let resized = try hint.resized(
            width: side(latentWidth), height: side(latentHeight), by: .nearestExact, cropping: .center, channels: .last)
        let have = hint.shape[3]
        if have == channels { return resized }
        if channels > 1 { return resized.narrowed(3, from: 0, count: channels) }
        return Tensor(shape: Array(resized.shape.dropLast()) + [1]) { out in
            resized.withFloats { x in
                for index in out.indices {
                    var sum: Float = 0
                    for channel in 0..<have { sum += x[index * have + channel] }
                    out[index] = sum / Float(have)
                }
            }
        }
    }

    /// Items for a call of `batch` items that holds several sides one after the other: each gets the same items, in turn.
    static func spread(_ items: Tensor, over batch: Int, sides: Int, _ operations: Operations) throws -> Tensor {
        let have = items.shape[0]
        let each = max(batch / max(sides, 1), 1)
        if have == batch && sides <= 1 { return items }
        let index = (0..<batch).map { $0 % each % have }
        if index.allSatisfy({ $0 == 0 }) && have == 1 && batch == 1 { return items }
        return try operations.pick(items, items: index)
    }

    /// Squares of pixels as channels: `[batch, height, width, c]` to `[batch, height/p, width/p, p² c]` for a patch of p×p, in the
    /// order channel, row, column (PyTorch's `pixel_unshuffle`). Sides divide by the patch.
    static func unshuffled(_ x: Tensor, patch: Int = scale, _ operations: Operations) throws -> Tensor {
        let (batch, height, width, channels) = (x.shape[0], x.shape[1] / patch, x.shape[2] / patch, x.shape[3])
        return try operations.permute(x.reshaped([batch, height, patch, width, patch, channels]), [0, 1, 3, 5, 2, 4])
            .reshaped([batch, height, width, channels * patch * patch])
    }
}
