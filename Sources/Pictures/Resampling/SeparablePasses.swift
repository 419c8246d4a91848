internal import Cancellations
import Tensors

/// A tensor read as `[outer, height, width, inner]`: pictures with channels last, or planes with `inner` 1.
struct Grid {
    var outer: Int
    var height: Int
    var width: Int
    var inner: Int

    func with(width: Int) -> Grid { Grid(outer: outer, height: height, width: width, inner: inner) }
}

extension Tensor {
    /// Resamples along the width.
    func resampledRows(_ grid: Grid, _ taps: AxisTaps) throws -> Tensor {
        let inner = grid.inner
        let newRow = taps.count * inner
        return try Tensor(shape: [grid.outer, grid.height, taps.count, inner]) { out in
            try withFloats { x in
                try taps.sources.withUnsafeBufferPointer { sources in
                    try taps.weights.withUnsafeBufferPointer { weights in
                        try taps.starts.withUnsafeBufferPointer { starts in
                            for row in 0..<grid.outer * grid.height {
                                try Cancellation.check()
                                let from = row * grid.width * inner
                                for place in 0..<newRow / inner {
                                    let target = row * newRow + place * inner
                                    for channel in 0..<inner {
                                        var sum: Float = 0
                                        for tap in starts[place]..<starts[place + 1] {
                                            sum += weights[tap] * x[from + sources[tap] * inner + channel]
                                        }
                                        out[target + channel] = sum
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Resamples along the height, a whole row at a time.
    func resampledColumns(_ grid: Grid, _ taps: AxisTaps) throws -> Tensor {
        let row = grid.width * grid.inner
        return try Tensor(shape: [grid.outer, taps.count, grid.width, grid.inner]) { out in
            try withFloats { x in
                guard let target = out.baseAddress, let source = x.baseAddress else { return }
                for outer in 0..<grid.outer {
                    let plane = source + outer * grid.height * row
                    for place in 0..<taps.count {
                        try Cancellation.check()
                        let line = target + (outer * taps.count + place) * row
                        let first = taps.starts[place]
                        Self.scaleRow(plane + taps.sources[first] * row, by: taps.weights[first], into: line, count: row)
                        for tap in (first + 1)..<max(taps.starts[place + 1], first + 1) {
                            Self.addRow(plane + taps.sources[tap] * row, by: taps.weights[tap], to: line, count: row)
                        }
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func scaleRow(
        _ x: UnsafePointer<Float>, by weight: Float, into y: UnsafeMutablePointer<Float>, count: Int
    ) {
        for index in 0..<count { y[index] = weight * x[index] }
    }

    @inline(__always)
    private static func addRow(
        _ x: UnsafePointer<Float>, by weight: Float, to y: UnsafeMutablePointer<Float>, count: Int
    ) {
        for index in 0..<count { y[index] += weight * x[index] }
    }
}
