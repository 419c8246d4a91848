import Tensors

extension Image {
    /// The picture on a larger grey canvas, and where there is something to paint.
    ///
    /// - Parameters:
    ///   - feathering: how far, in pixels, the mask reaches into the picture from the sides that were extended, falling with
    ///     the square of the distance. Left out when twice as much doesn't fit into the picture.
    /// - Returns: the new area is 0.5, its mask 1. The mask is one for the whole batch.
    public func paddedForOutpainting(
        left: Int, top: Int, right: Int, bottom: Int, feathering: Int
    ) -> (image: Image, mask: Mask) {
        let canvas = padded(left: left, top: top, right: right, bottom: bottom, value: 0.5)
        let fades = feathering > 0 && feathering * 2 < height && feathering * 2 < width
        let mask = Tensor(shape: [1, canvas.height, canvas.width]) { out in
            out.initialize(repeating: 1)
            for y in 0..<height {
                for x in 0..<width {
                    // Rows and columns count from 0, so the last ones are at distance 1 of their side, the first at 0.
                    var distance = Int.max
                    if top > 0 { distance = min(distance, y) }
                    if bottom > 0 { distance = min(distance, height - y) }
                    if left > 0 { distance = min(distance, x) }
                    if right > 0 { distance = min(distance, width - x) }
                    var value: Float = 0
                    if fades, distance < feathering {
                        let share = Float(feathering - distance) / Float(feathering)
                        value = share * share
                    }
                    out[(top + y) * canvas.width + left + x] = value
                }
            }
        }
        return (canvas, Mask(mask))
    }
}
