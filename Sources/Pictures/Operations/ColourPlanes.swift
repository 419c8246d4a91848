import Tensors

extension Image {
    /// Luma and the two colour differences (YCbCr of BT.601, full range, differences around 0.5), each as a grey picture.
    public func yuvPlanes() -> (y: Image, u: Image, v: Image) {
        func plane(_ value: (Float, Float, Float) -> Float) -> Image {
            Image(
                Tensor(shape: [batch, height, width, 3]) { out in
                    pixels.withFloats { x in
                        for pixel in 0..<batch * height * width {
                            let at = pixel * channels
                            let value = value(x[at], x[at + min(1, channels - 1)], x[at + min(2, channels - 1)])
                            for channel in 0..<3 { out[pixel * 3 + channel] = value }
                        }
                    }
                })
        }
        func luma(_ r: Float, _ g: Float, _ b: Float) -> Float { 0.299 * r + 0.587 * g + 0.114 * b }
        return (
            plane(luma),
            plane { r, g, b in (b - luma(r, g, b)) * 0.564 + 0.5 },
            plane { r, g, b in (r - luma(r, g, b)) * 0.713 + 0.5 }
        )
    }

    /// Colours from luma and colour differences, each the mean of its picture's channels. Not limited to 0…1.
    ///
    /// The three pictures must have the same batch and size.
    public static func fromYUV(y: Image, u: Image, v: Image) -> Image {
        let planes = [y, u, v].map { $0.channelMean() }
        return Image(
            Tensor(shape: [y.batch, y.height, y.width, 3]) { out in
                planes[0].withFloats { y in
                    planes[1].withFloats { u in
                        planes[2].withFloats { v in
                            for pixel in 0..<y.count {
                                let blue = u[pixel] - 0.5
                                let red = v[pixel] - 0.5
                                // The exact inverse of `yuvPlanes`.
                                out[pixel * 3] = y[pixel] + red / 0.713
                                out[pixel * 3 + 1] =
                                    y[pixel] - (0.299 / 0.587 / 0.713) * red - (0.114 / 0.587 / 0.564) * blue
                                out[pixel * 3 + 2] = y[pixel] + blue / 0.564
                            }
                        }
                    }
                }
            })
    }

    private func channelMean() -> Tensor {
        Tensor(shape: [batch, height, width]) { out in
            pixels.withFloats { x in
                for pixel in 0..<out.count {
                    var sum: Float = 0
                    for channel in 0..<channels { sum += x[pixel * channels + channel] }
                    out[pixel] = sum / Float(channels)
                }
            }
        }
    }
}
