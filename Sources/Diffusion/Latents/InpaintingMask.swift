public import Pictures
import Tensors

/// A picture and a mask ready to be encoded for inpainting.
public struct InpaintingMask: Sendable {
    /// The picture, cut to multiples of 8 pixels.
    public let image: Image
    /// The mask in the picture's size, not rounded.
    public let mask: Mask

    /// The mask is resized to the picture (bilinear); then both lose what isn't a multiple of 8 pixels, the same on either
    /// side, with the odd pixel at the far one.
    ///
    /// - Parameter image: 8 × 8 pixels at least.
    public init(image: Image, mask: Mask) {
        precondition(image.width >= 8 && image.height >= 8, "inpainting of \(image.width) × \(image.height) pixels")
        let (width, height) = (image.width / 8 * 8, image.height / 8 * 8)
        let (x, y) = (image.width % 8 / 2, image.height % 8 / 2)
        let sized = mask.resized(width: image.width, height: image.height)
        self.image = image.cropped(x: x, y: y, width: width, height: height)
        self.mask = Mask(sized.values.narrowed(1, from: y, count: height).narrowed(2, from: x, count: width))
    }

    /// The picture with grey, exactly 0.5, where the rounded mask is set. Only the three colours are changed.
    public var blanked: Image {
        let weights = mask.values.repeatedToBatch(image.batch)
        let pixels = image.pixels
        return Image(
            Tensor(shape: pixels.shape) { out in
                pixels.withFloats { x in
                    weights.withFloats { weights in
                        for pixel in 0..<weights.count {
                            let keep = 1 - weights[pixel].rounded(.toNearestOrEven)
                            for channel in 0..<image.channels {
                                let index = pixel * image.channels + channel
                                out[index] = channel < 3 ? (x[index] - 0.5) * keep + 0.5 : x[index]
                            }
                        }
                    }
                }
            })
    }

    /// The rounded mask with every set pixel grown to a square of `size` × `size`. An even square reaches one pixel further to
    /// the right and downwards; 0 is the rounded mask itself.
    public func grown(by size: Int) -> Mask {
        let rounded = mask.values.map { max(0, min(1, $0.rounded(.toNearestOrEven))) }
        guard size > 1 else { return Mask(rounded) }
        // A set pixel reaches forth by size / 2, so each place looks back that far: the window of `dilated`.
        let planes = rounded.reshaped([mask.batch, mask.height, mask.width, 1])
        return Mask(planes.dilated(size).reshaped(rounded.shape))
    }
}
