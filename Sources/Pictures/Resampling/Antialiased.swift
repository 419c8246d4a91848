public import Tensors

extension Tensor {
    /// Pictures `[batch, height, width, channels]` resized by a cubic that widens where it shrinks, so that every old pixel counts.
    ///
    /// Semantics of PyTorch's `interpolate(mode="bicubic", antialias=True)`: Keys' cubic with a = −0.5 as Pillow has it, in
    /// float32, the width first. Overshoots; nothing is clamped.
    ///
    /// - Throws: `CancellationError` when the work was asked to stop.
    /// - Parameter rows: of the result, those to be computed; all of them by default. Likewise `columns`.
    public func antialiased(width: Int, height: Int, rows: Range<Int>? = nil, columns: Range<Int>? = nil) throws -> Tensor {
        let (rows, columns) = (rows ?? 0..<height, columns ?? 0..<width)
        precondition(rank == 4 && !rows.isEmpty && !columns.isEmpty, "\(shape) resized to \(width) × \(height)")
        let grid = Grid(outer: shape[0], height: shape[1], width: shape[2], inner: shape[3])
        let size = [shape[0], rows.count, columns.count, shape[3]]
        guard count > 0 else { return Tensor.zeros(size) }
        return try resampledRows(grid, AxisTaps(antialiasedFrom: grid.width, to: width, places: columns))
            .resampledColumns(
                grid.with(width: columns.count), AxisTaps(antialiasedFrom: grid.height, to: height, places: rows)
            )
            .reshaped(size)
    }
}

extension AxisTaps {
    /// Taps of a cubic that is as wide as a new place where places shrink.
    ///
    /// - Parameter places: the new ones wanted.
    init(antialiasedFrom old: Int, to new: Int, places: Range<Int>) {
        self.init()
        let scale = Float(old) / Float(new)
        let widening = max(scale, 1)
        let support = 2 * widening
        for place in places {
            let centre = scale * (Float(place) + 0.5)
            let first = min(max(0, Int(centre - support + 0.5)), old - 1)
            let end = max(min(old, Int(centre + support + 0.5)), first + 1)
            let raw = (first..<end).map { Self.cubic(at: (Float($0) - centre + 0.5) / widening) }
            let sum = raw.reduce(0, +)
            for (source, weight) in zip(first..<end, raw) { add(source, sum == 0 ? weight : weight / sum) }
            finishPlace()
        }
    }

    /// Keys 1981 with a = −0.5.
    private static func cubic(at x: Float) -> Float {
        let a: Float = -0.5
        let x = abs(x)
        if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
        return 0
    }
}
