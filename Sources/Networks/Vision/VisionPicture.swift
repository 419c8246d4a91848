internal import Pictures
internal import Tensors

/// Pictures as CLIP's vision models were trained to see them.
enum VisionPicture {
    /// Mean and spread of the training pictures' colours (Radford et al. 2021).
    private static let mean: [Float] = [0.48145466, 0.4578275, 0.40821073]
    private static let deviation: [Float] = [0.26862954, 0.26130258, 0.27577711]

    /// A square of `size` pixels a side, normalised.
    ///
    /// The picture is resized (bicubic, averaging where it shrinks) and rounded to the steps of 8-bit colours, which is how the
    /// models were fed in training.
    ///
    /// - Parameters:
    ///   - pixels: `[batch, height, width, 3 or more]`, 0…1; further channels are left out.
    ///   - cropping: `center` fits the shorter side and takes the middle, `disabled` squeezes.
    /// - Returns: `[batch, size, size, 3]`.
    static func fitted(_ pixels: Tensor, size: Int, cropping: Cropping) throws -> Tensor {
        var x = pixels.shape[3] > 3 ? pixels.narrowed(3, from: 0, count: 3) : pixels
        let (height, width) = (x.shape[1], x.shape[2])
        if height != size || width != size {
            var target = (height: size, width: size)
            if cropping == .center {
                let scale = Double(size) / Double(min(height, width))
                target.height = max(size, Int((scale * Double(height)).rounded(.toNearestOrEven)))
                target.width = max(size, Int((scale * Double(width)).rounded(.toNearestOrEven)))
            }
            // Of a long thin picture most would be computed in vain.
            let (top, left) = ((target.height - size) / 2, (target.width - size) / 2)
            x = try x.antialiased(
                width: target.width, height: target.height, rows: top..<top + size, columns: left..<left + size)
        }
        return Tensor(shape: x.shape) { out in
            x.withFloats { x in
                for index in out.indices {
                    let channel = index % 3
                    let stepped = max(0, min(255, 255 * x[index])).rounded(.toNearestOrEven) / 255
                    out[index] = (stepped - mean[channel]) / deviation[channel]
                }
            }
        }
    }
}
