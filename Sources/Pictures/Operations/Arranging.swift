public import Tensors

extension Tensor {
    /// The order of elements along a dimension reversed. Copies.
    public func flipped(_ dimension: Int) -> Tensor {
        precondition(shape.indices.contains(dimension), "dimension \(dimension) of \(shape)")
        let size = shape[dimension]
        let inner = shape[(dimension + 1)...].reduce(1, *)
        let outer = shape[..<dimension].reduce(1, *)
        return Tensor(shape: shape) { out in
            withFloats { x in
                guard let target = out.baseAddress, let source = x.baseAddress, inner > 0 else { return }
                for index in 0..<outer {
                    for position in 0..<size {
                        (target + (index * size + position) * inner)
                            .update(from: source + (index * size + size - 1 - position) * inner, count: inner)
                    }
                }
            }
        }
    }

    /// Turned clockwise by quarter turns.
    ///
    /// - Parameter rows: the dimension of the rows; the columns are the one after it.
    public func turned(quarters: Int, rows: Int) -> Tensor {
        var swapped = Array(shape.indices)
        swapped.swapAt(rows, rows + 1)
        switch quarters % 4 {
        case 1: return permuted(swapped).flipped(rows + 1)
        case 2: return flipped(rows).flipped(rows + 1)
        case 3: return permuted(swapped).flipped(rows)
        default: return self
        }
    }
}

extension Image {
    /// Colours and, if there are four channels, alpha.
    ///
    /// - Parameter value: what an added channel is filled with.
    public func withChannels(_ count: Int, filling value: Float = 1) -> Image {
        if count == channels { return self }
        if count < channels { return Image(pixels.narrowed(3, from: 0, count: count)) }
        let rest = Tensor(repeating: value, shape: [batch, height, width, count - channels])
        return Image(Tensor.concatenated([pixels, rest], along: 3))
    }

    /// A part of the picture. The area must lie inside.
    public func cropped(x: Int, y: Int, width: Int, height: Int) -> Image {
        Image(pixels.narrowed(1, from: y, count: height).narrowed(2, from: x, count: width))
    }

    /// The picture on a larger canvas of one value.
    public func padded(left: Int, top: Int, right: Int, bottom: Int, value: Float) -> Image {
        Image(pixels.padded(left: left, top: top, right: right, bottom: bottom, value: value))
    }
}

extension Tensor {
    /// `[batch, height, width, channels]` on a larger canvas of one value.
    func padded(left: Int, top: Int, right: Int, bottom: Int, value: Float) -> Tensor {
        let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
        let newHeight = top + height + bottom
        let newWidth = left + width + right
        return Tensor(shape: [batch, newHeight, newWidth, channels]) { out in
            out.initialize(repeating: value)
            withFloats { x in
                guard let target = out.baseAddress, let source = x.baseAddress else { return }
                let row = width * channels
                for item in 0..<batch {
                    for y in 0..<height {
                        (target + ((item * newHeight + top + y) * newWidth + left) * channels)
                            .update(from: source + (item * height + y) * row, count: row)
                    }
                }
            }
        }
    }
}
