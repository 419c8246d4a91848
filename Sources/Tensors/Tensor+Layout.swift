extension Tensor {
    /// Elements `start ..< start + length` along a dimension. A view when the dimension is the outermost one or all of it is
    /// wanted, else a copy.
    public func narrowed(_ dimension: Int, from start: Int, count length: Int) -> Tensor {
        precondition(
            shape.indices.contains(dimension) && start >= 0 && length >= 0 && start + length <= shape[dimension],
            "\(start)..<\(start + length) of dimension \(dimension) in \(shape)")
        if length == shape[dimension] { return self }
        var newShape = shape
        newShape[dimension] = length
        let inner = shape[(dimension + 1)...].reduce(1, *)
        let outer = shape[..<dimension].reduce(1, *)
        if outer == 1 {
            return Tensor(storage, byteOffset: byteOffset + start * inner * dtype.size, shape: newShape, dtype: dtype)
        }
        return Tensor(shape: newShape) { out in
            withFloats { x in
                let row = length * inner
                guard row > 0, let target = out.baseAddress, let source = x.baseAddress else { return }
                for index in 0..<outer {
                    (target + index * row).initialize(
                        from: source + (index * shape[dimension] + start) * inner, count: row)
                }
            }
        }
    }

    /// Item `index` of the outermost dimension, with that dimension kept as 1. A view.
    public func item(_ index: Int) -> Tensor { narrowed(0, from: index, count: 1) }

    /// Tensors joined along a dimension; all other sizes must agree.
    public static func concatenated(_ parts: [Tensor], along dimension: Int) -> Tensor {
        precondition(!parts.isEmpty, "nothing to join")
        var shape = parts[0].shape
        shape[dimension] = parts.reduce(0) { $0 + $1.shape[dimension] }
        for part in parts {
            var other = part.shape
            other[dimension] = shape[dimension]
            precondition(other == shape, "\(part.shape) doesn't join \(parts[0].shape) along \(dimension)")
        }
        let inner = shape[(dimension + 1)...].reduce(1, *)
        let outer = shape[..<dimension].reduce(1, *)
        let row = shape[dimension] * inner
        return Tensor(shape: shape) { out in
            guard let target = out.baseAddress else { return }
            var start = 0
            for part in parts {
                let width = part.shape[dimension] * inner
                part.withFloats { x in
                    guard width > 0, let source = x.baseAddress else { return }
                    for index in 0..<outer {
                        (target + index * row + start).initialize(from: source + index * width, count: width)
                    }
                }
                start += width
            }
        }
    }

    /// The outermost dimension repeated cyclically, or cut, to `count` items.
    public func repeatedToBatch(_ count: Int) -> Tensor {
        let have = shape[0]
        if have == count { return self }
        if have > count { return narrowed(0, from: 0, count: count) }
        return Tensor.concatenated((0..<count).map { item($0 % have) }, along: 0)
    }

    /// Dimensions reordered: size `order[i]` of this tensor becomes size `i` of the result. Copies.
    public func permuted(_ order: [Int]) -> Tensor {
        precondition(order.sorted() == Array(shape.indices), "\(order) doesn't permute \(shape)")
        var strides = [Int](repeating: 1, count: rank)
        for index in stride(from: rank - 2, through: 0, by: -1) { strides[index] = strides[index + 1] * shape[index + 1] }
        let newShape = order.map { shape[$0] }
        let newStrides = order.map { strides[$0] }
        return Tensor(shape: newShape) { out in
            withFloats { x in
                var position = [Int](repeating: 0, count: rank)
                var source = 0
                let last = rank - 1
                var index = 0
                while index < out.count {
                    // The innermost dimension in a plain loop, the others by an odometer.
                    for column in 0..<newShape[last] { out[index + column] = x[source + column * newStrides[last]] }
                    index += newShape[last]
                    var dimension = last - 1
                    while dimension >= 0 {
                        position[dimension] += 1
                        source += newStrides[dimension]
                        if position[dimension] < newShape[dimension] { break }
                        source -= newStrides[dimension] * newShape[dimension]
                        position[dimension] = 0
                        dimension -= 1
                    }
                    if dimension < 0 { break }
                }
            }
        }
    }

    /// `[batch, channels, height, width]` to `[batch, height, width, channels]`.
    public func channelsLast() -> Tensor { permuted([0, 2, 3, 1]) }
    /// `[batch, height, width, channels]` to `[batch, channels, height, width]`.
    public func channelsFirst() -> Tensor { permuted([0, 3, 1, 2]) }
}
