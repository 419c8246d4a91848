internal import Problems
public import Descriptions
import Pictures
public import Tensors

/// Something done to latents as a whole, kept as a value: ComfyUI's LATENT_OPERATION.
public enum LatentOperation: Sendable, Hashable {
    /// Compresses the lengths of the channel vectors (Reinhard et al. 2002), so that strong guidance doesn't burn out. The
    /// length that becomes one half is `multiplier` · (mean + 5 standard deviations).
    case tonemapReinhard(multiplier: Double)
    /// Unsharp masking of the directions of the channel vectors; lengths stay.
    case sharpen(radius: Int, sigma: Double, alpha: Double)

    /// The operation applied to `[batch, channels, height, width]`.
    ///
    /// - Throws: `.sizesDiffer` when the latent is too small for the kernel.
    public func apply(to latent: Tensor) throws -> Tensor {
        switch self {
        case .tonemapReinhard(let multiplier):
            return Self.tonemapped(latent, multiplier: Float(multiplier))
        case .sharpen(let radius, let sigma, let alpha):
            guard latent.shape[2] > radius, latent.shape[3] > radius else {
                throw LatentError(
                    code: .sizesDiffer,
                    reason: "a radius of \(radius) is too large for \(latent.shape[3]) × \(latent.shape[2]) latent cells",
                    hint: "the radius must be smaller than both")
            }
            let lengths = latent.channelNorm.map { $0 + 1e-6 }
            let directions = Self.scaled(latent, by: lengths) { 1 / $0 }
            let kernel = GaussianKernel(radius: radius, sigma: sigma)
            let sharpened = try directions.channelsLast().sharpened(kernel, amount: Float(alpha)).channelsFirst()
            return Self.scaled(sharpened, by: lengths) { $0 }
        }
    }

    private static func tonemapped(_ latent: Tensor, multiplier: Float) -> Tensor {
        let lengths = latent.channelNorm.map { $0 + 1e-10 }
        let plane = latent.shape[2] * latent.shape[3]
        let items: [Tensor] = (0..<latent.shape[0]).map { item in
            let own = lengths.item(item)
            let mean = own.mean
            let variance = own.withFloats { $0.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } }
            let deviation = (variance / Double(plane - 1)).squareRoot()
            let top = Float(deviation * 5 + mean) * multiplier
            // New length over old: (l / top) / (l / top + 1) · top / l.
            return scaled(latent.item(item), by: own) { length in
                let relative = length / top
                return relative / (relative + 1) * top / length
            }
        }
        return Tensor.concatenated(items, along: 0)
    }

    /// Every channel vector times a function of a number of its place.
    private static func scaled(_ latent: Tensor, by numbers: Tensor, _ factor: (Float) -> Float) -> Tensor {
        let (channels, plane) = (latent.shape[1], latent.shape[2] * latent.shape[3])
        let factors = numbers.map(factor)
        return Tensor(shape: latent.shape) { out in
            latent.withFloats { x in
                factors.withFloats { factors in
                    for index in 0..<out.count {
                        out[index] = x[index] * factors[index / (channels * plane) * plane + index % plane]
                    }
                }
            }
        }
    }
}

extension LatentOperation: Described {
    public static var blank: LatentOperation { .tonemapReinhard(multiplier: 1) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        var name = if case .tonemapReinhard = self { "tonemap reinhard" } else { "sharpen" }
        try visitor.visit("operation", &name)
        switch name {
        case "tonemap reinhard":
            var multiplier = 1.0
            if case .tonemapReinhard(let value) = self { multiplier = value }
            try visitor.visit("multiplier", &multiplier)
            self = .tonemapReinhard(multiplier: multiplier)
        case "sharpen":
            var (radius, sigma, alpha) = (0, 0.0, 0.0)
            if case .sharpen(let r, let s, let a) = self { (radius, sigma, alpha) = (r, s, a) }
            try visitor.visit("radius", &radius)
            try visitor.visit("sigma", &sigma)
            try visitor.visit("alpha", &alpha)
            self = .sharpen(radius: radius, sigma: sigma, alpha: alpha)
        default: throw DescriptionError("no operation is called \(name)")
        }
    }
}
