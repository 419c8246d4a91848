public import Pictures
internal import Tensors

/// A picture and the part of it that shall be painted anew, in sizes that a VAE encodes.
public struct InpaintingInputs: Sendable {
    /// The whole picture, `[batch, height, width, 3]`, sides multiples of 8.
    public let picture: Image
    /// The part to be painted, `[n, height, width]` of the same size, 0…1.
    public let mask: Mask

    /// Fits the mask to the picture (bilinear) and crops both around the centre to multiples of 8.
    ///
    /// - Throws: `NetworkError.wrongInput` for a picture below 8×8 or without three channels, and when the numbers of masks and
    ///   pictures don't go together.
    public init(picture: Image, mask: Mask) throws {
        guard picture.height >= 8, picture.width >= 8, picture.channels >= 3, picture.batch > 0 else {
            throw NetworkError(
                .wrongInput, in: "inpainting",
                reason: "the picture is \(picture.width)×\(picture.height) with \(picture.channels) channels",
                hint: "at least 8×8 pixels of three channels can be encoded")
        }
        guard mask.height > 0, mask.width > 0, mask.batch == 1 || mask.batch == picture.batch else {
            throw NetworkError(
                .wrongInput, in: "inpainting", reason: "\(mask.batch) masks of \(mask.width)×\(mask.height) for \(picture.batch) pictures",
                hint: "give one mask for all, or one for each picture")
        }
        let fitted = try mask.resized(width: picture.width, height: picture.height).values
        let (height, width) = (picture.height / 8 * 8, picture.width / 8 * 8)
        let (top, left) = (picture.height % 8 / 2, picture.width % 8 / 2)
        self.picture = Image(
            picture.pixels.narrowed(1, from: top, count: height).narrowed(2, from: left, count: width)
                .narrowed(3, from: 0, count: 3))
        self.mask = Mask(fitted.narrowed(1, from: top, count: height).narrowed(2, from: left, count: width))
    }

    /// The picture with grey where the mask is at least a half.
    public var blanked: Image {
        let (pixels, values) = (picture.pixels, mask.values)
        let perPicture = picture.height * picture.width
        return Image(
            Tensor(shape: pixels.shape) { out in
                pixels.withFloats { x in
                    values.withFloats { m in
                        for index in out.indices {
                            let pixel = index / 3
                            let place = mask.batch == 1 ? pixel % perPicture : pixel
                            let keep = 1 - m[place].rounded(.toNearestOrEven)
                            out[index] = (x[index] - 0.5) * keep + 0.5
                        }
                    }
                }
            })
    }

    /// The mask rounded to 0 and 1 and made larger: a set pixel grows by `amount / 2` to the right and down, and by
    /// `amount / 2 − 1` (even) or `amount / 2` (odd) to the left and up.
    ///
    /// - Parameter amount: side of the square that every set pixel becomes; 0 and 1 leave the rounded mask.
    public func grownMask(by amount: Int) -> Mask {
        let rounded = mask.values.map { $0.rounded(.toNearestOrEven) }
        guard amount > 1 else { return Mask(rounded) }
        let (height, width) = (mask.height, mask.width)
        let after = amount / 2
        let before = amount - 1 - after
        return Mask(
            Tensor(shape: rounded.shape) { out in
                rounded.withFloats { m in
                    // A square is the product of two lines: first along the rows, then down the columns.
                    var rows = [Float](repeating: 0, count: m.count)
                    for index in m.indices where m[index] > 0 {
                        let column = index % width
                        for offset in max(-before, -column)...min(after, width - 1 - column) { rows[index + offset] = 1 }
                    }
                    out.initialize(repeating: 0)
                    for index in rows.indices where rows[index] > 0 {
                        let row = index / width % height
                        for offset in max(-before, -row)...min(after, height - 1 - row) { out[index + offset * width] = 1 }
                    }
                }
            })
    }
}
