// What networks do to whole pictures `[batch, height, width, channels]` beside convolutions and norms.

extension Tensor {
    /// A vector for each picture, `[batch, channels]`, added at every place.
    func adding(toChannels vectors: Tensor) -> Tensor {
        let (batch, channels) = (shape[0], shape[3])
        let plane = shape[1] * shape[2] * channels
        precondition(vectors.count == batch * channels, "vectors of \(vectors.shape) for \(shape)")
        return Tensor(shape: shape) { out in
            withFloats { x in
                vectors.withFloats { vectors in
                    for index in out.indices { out[index] = x[index] + vectors[index / plane * channels + index % channels] }
                }
            }
        }
    }

    /// The mean over height and width at every place.
    func averagedOverPicture() -> Tensor {
        let (batch, pixels, channels) = (shape[0], shape[1] * shape[2], shape[3])
        return Tensor(shape: shape) { out in
            withFloats { x in
                var sums = [Double](repeating: 0, count: channels)
                for item in 0..<batch {
                    let start = item * pixels * channels
                    for channel in 0..<channels { sums[channel] = 0 }
                    for index in 0..<pixels * channels { sums[index % channels] += Double(x[start + index]) }
                    for index in 0..<pixels * channels { out[start + index] = Float(sums[index % channels] / Double(pixels)) }
                }
            }
        }
    }

    /// Means of 2×2 pixels.
    ///
    /// An odd side gets a row (column) of zeros in front that counts in the mean, so that it is rounded up as the U-Net rounds it.
    func halvedByMean() -> Tensor {
        let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
        let (rows, columns) = ((height + 1) / 2, (width + 1) / 2)
        return Tensor(shape: [batch, rows, columns, channels]) { out in
            withFloats { x in
                out.initialize(repeating: 0)
                // Every pixel goes into one mean: pixel y into row (y + 1) / 2 of an odd side, y / 2 of an even one.
                for item in 0..<batch {
                    for y in 0..<height {
                        let row = (item * rows + (y + height % 2) / 2) * columns
                        for column in 0..<width {
                            let target = (row + (column + width % 2) / 2) * channels
                            let source = ((item * height + y) * width + column) * channels
                            for channel in 0..<channels { out[target + channel] += x[source + channel] }
                        }
                    }
                }
                for index in out.indices { out[index] /= 4 }
            }
        }
    }

    /// Another size, each pixel copied from `⌊i · old / new⌋` (PyTorch's "nearest").
    func pickedNearest(height newHeight: Int, width newWidth: Int) -> Tensor {
        let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
        return Tensor(shape: [batch, newHeight, newWidth, channels]) { out in
            withFloats { x in
                guard var target = out.baseAddress, let source = x.baseAddress else { return }
                for item in 0..<batch {
                    for row in 0..<newHeight {
                        let sourceRow = item * height + row * height / newHeight
                        for column in 0..<newWidth {
                            let pixel = sourceRow * width + column * width / newWidth
                            target.initialize(from: source + pixel * channels, count: channels)
                            target += channels
                        }
                    }
                }
            }
        }
    }

    /// A picture grown below and to the right by mirroring, without repeating the last row or column.
    ///
    /// Sides must be longer than what is added to them.
    func mirrored(below: Int, right: Int) -> Tensor {
        let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
        func mirrored(_ index: Int, _ size: Int) -> Int { index < size ? index : Swift.max(0, 2 * (size - 1) - index) }
        return Tensor(shape: [batch, height + below, width + right, channels]) { out in
            withFloats { x in
                guard var target = out.baseAddress, let source = x.baseAddress else { return }
                for item in 0..<batch {
                    for row in 0..<height + below {
                        for column in 0..<width + right {
                            let pixel = (item * height + mirrored(row, height)) * width + mirrored(column, width)
                            target.initialize(from: source + pixel * channels, count: channels)
                            target += channels
                        }
                    }
                }
            }
        }
    }
}
