import Tensors

/// How two pictures are mixed, colour by colour.
public enum BlendMode: String, Sendable, CaseIterable {
    case normal, multiply, screen, overlay
    /// The W3C's formula (Compositing and Blending Level 1).
    case softLight = "soft_light"
    /// The plain difference, negative where the second is brighter.
    case difference

    /// The mixture of `a`, below, and `b`, above.
    @inline(__always)
    func mixed(_ a: Float, _ b: Float) -> Float {
        switch self {
        case .normal: b
        case .multiply: a * b
        case .screen: 1 - (1 - a) * (1 - b)
        case .overlay: a <= 0.5 ? 2 * a * b : 1 - 2 * (1 - a) * (1 - b)
        case .softLight: b <= 0.5 ? a - (1 - 2 * b) * a * (1 - a) : a + (2 * b - 1) * (Self.lifted(a) - a)
        case .difference: a - b
        }
    }

    private static func lifted(_ a: Float) -> Float {
        a <= 0.25 ? ((16 * a - 12) * a + 4) * a : a.squareRoot()
    }
}

extension Image {
    /// This picture with another one above it.
    ///
    /// - Parameters:
    ///   - other: brought to this one's size (bicubic, centre crop) and batch.
    ///   - amount: 0 is this picture alone, 1 the mixture alone. Limited to 0…1 afterwards.
    public func blended(with other: Image, mode: BlendMode, amount: Float) throws -> Image {
        var above = other
        if (above.height, above.width) != (height, width) {
            above = try above.resized(width: width, height: height, by: .bicubic, cropping: .center)
        }
        let tensor = above.pixels.repeatedToBatch(batch)
        return Image(
            Tensor.zip(pixels, tensor) { a, b in
                let value = a * (1 - amount) + mode.mixed(a, b) * amount
                return max(0, min(1, value))
            })
    }
}
