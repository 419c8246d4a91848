import Tensors

/// How two pictures with transparency come together (Porter and Duff 1984, and the blend modes of SVG Compositing).
public enum PorterDuffMode: String, Sendable, CaseIterable {
    case add = "ADD", clear = "CLEAR", darken = "DARKEN", destination = "DST", destinationAtop = "DST_ATOP"
    case destinationIn = "DST_IN", destinationOut = "DST_OUT", destinationOver = "DST_OVER", lighten = "LIGHTEN"
    case multiply = "MULTIPLY", overlay = "OVERLAY", screen = "SCREEN", source = "SRC", sourceAtop = "SRC_ATOP"
    case sourceIn = "SRC_IN", sourceOut = "SRC_OUT", sourceOver = "SRC_OVER", xor = "XOR"

    /// Coverage of the result, from those of source and destination.
    @inline(__always)
    func alpha(_ sa: Float, _ da: Float) -> Float {
        switch self {
        case .add: min(1, max(0, sa + da))
        case .clear: 0
        case .darken, .lighten, .overlay, .screen: sa + da - sa * da
        case .destination, .sourceAtop: da
        case .source, .destinationAtop: sa
        case .destinationIn, .sourceIn, .multiply: sa * da
        case .destinationOut: (1 - sa) * da
        case .sourceOut: (1 - da) * sa
        case .destinationOver, .sourceOver: sa + (1 - sa) * da
        case .xor: (1 - da) * sa + (1 - sa) * da
        }
    }

    /// Colour of the result times its coverage.
    ///
    /// - Parameters:
    ///   - s, d: colours of source and destination times their coverage `sa`, `da`.
    @inline(__always)
    func colour(_ s: Float, _ sa: Float, _ d: Float, _ da: Float) -> Float {
        switch self {
        case .add: min(1, max(0, s + d))
        case .clear: 0
        case .darken: (1 - da) * s + (1 - sa) * d + min(s, d)
        case .lighten: (1 - da) * s + (1 - sa) * d + max(s, d)
        case .destination: d
        case .destinationAtop: sa * d + (1 - da) * s
        case .destinationIn: d * sa
        case .destinationOut: (1 - sa) * d
        case .destinationOver: d + (1 - da) * s
        case .multiply: s * d
        // ComfyUI's last term mixes the coverages crosswise; kept, so that pictures agree.
        case .overlay: 2 * d < da ? 2 * s * d : sa * da - 2 * (da - s) * (sa - d)
        case .screen: s + d - s * d
        case .source: s
        case .sourceAtop: da * s + (1 - sa) * d
        case .sourceIn: s * da
        case .sourceOut: (1 - da) * s
        case .sourceOver: s + (1 - sa) * d
        case .xor: (1 - da) * s + (1 - sa) * d
        }
    }

    /// Puts pictures together.
    ///
    /// - Parameters:
    ///   - source, destination: brought to the destination's size (bicubic, centre crop); colours not multiplied by alpha.
    ///   - sourceMask, destinationMask: 1 is transparent.
    /// - Returns: colours, not multiplied by alpha, black where nothing covers; and the mask, 1 being transparent.
    public func composite(
        source: Image, sourceMask: Mask, destination: Image, destinationMask: Mask
    ) throws -> (image: Image, mask: Mask) {
        let (height, width) = (destination.height, destination.width)
        let batch = min(source.batch, sourceMask.batch, destination.batch, destinationMask.batch)
        func fitting(_ mask: Mask) throws -> Tensor {
            (mask.height, mask.width) == (height, width)
                ? mask.values : try mask.resized(width: width, height: height, by: .bicubic, cropping: .center).values
        }
        let s =
            (source.height, source.width) == (height, width)
            ? source : try source.resized(width: width, height: height, by: .bicubic, cropping: .center)
        let channels = min(s.channels, destination.channels)
        let sourceAlpha = try fitting(sourceMask)
        let destinationAlpha = try fitting(destinationMask)
        let sourcePixels = s.withChannels(channels).pixels
        let destinationPixels = destination.withChannels(channels).pixels
        var mask = Tensor.zeros([0])
        let image = Tensor(shape: [batch, height, width, channels]) { out in
            mask = Tensor(shape: [batch, height, width]) { maskOut in
                sourcePixels.withFloats { s in
                    destinationPixels.withFloats { d in
                        sourceAlpha.withFloats { sm in
                            destinationAlpha.withFloats { dm in
                                for pixel in 0..<batch * height * width {
                                    let sa = 1 - sm[pixel]
                                    let da = 1 - dm[pixel]
                                    let alpha = alpha(sa, da)
                                    for channel in pixel * channels..<(pixel + 1) * channels {
                                        let value = colour(s[channel] * sa, sa, d[channel] * da, da)
                                        out[channel] = alpha > 1e-5 ? max(0, min(1, value / alpha)) : 0
                                    }
                                    maskOut[pixel] = 1 - alpha
                                }
                            }
                        }
                    }
                }
            }
        }
        return (Image(image), Mask(mask))
    }
}
