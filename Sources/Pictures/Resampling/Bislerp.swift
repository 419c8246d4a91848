internal import Cancellations
import Glibc
import Tensors

extension Tensor {
    /// `[batch, height, width, channels]` resized by interpolating channel vectors along the arc between them, first along
    /// the width, then along the height. Lengths are interpolated straight.
    func bislerpResized(width: Int, height: Int) throws -> Tensor {
        let grid = Grid(outer: shape[0], height: shape[1], width: shape[2], inner: shape[3])
        return try slerped(outer: grid.outer * grid.height, old: grid.width, new: width, step: 1, channels: grid.inner)
            .slerped(outer: grid.outer, old: grid.height, new: height, step: width, channels: grid.inner)
            .reshaped([grid.outer, height, width, grid.inner])
    }

    /// `[outer, old, step, channels]` to `[outer, new, step, channels]`.
    private func slerped(outer: Int, old: Int, new: Int, step: Int, channels: Int) throws -> Tensor {
        let scale = Float(old) / Float(new)
        return try Tensor(shape: [outer, new, step, channels]) { out in
            try withFloats { x in
                guard let target = out.baseAddress, let source = x.baseAddress else { return }
                for place in 0..<new {
                    try Cancellation.check()
                    let (lower, ratio) = AxisTaps.linear(place, scale: scale, count: old)
                    let upper = min(lower + 1, old - 1)
                    for group in 0..<outer {
                        for column in 0..<step {
                            Self.slerp(
                                source + ((group * old + lower) * step + column) * channels,
                                source + ((group * old + upper) * step + column) * channels, ratio,
                                into: target + ((group * new + place) * step + column) * channels, count: channels)
                        }
                    }
                }
            }
        }
    }

    /// The vector `ratio` of the way from `a` to `b` along the arc.
    private static func slerp(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ ratio: Float, into out: UnsafeMutablePointer<Float>, count: Int
    ) {
        var squaredA: Float = 0
        var squaredB: Float = 0
        for index in 0..<count {
            squaredA += a[index] * a[index]
            squaredB += b[index] * b[index]
        }
        let lengthA = squaredA.squareRoot()
        let lengthB = squaredB.squareRoot()
        // A zero vector has no direction: it counts as zero in the sum.
        let inverseA = lengthA == 0 ? 0 : 1 / lengthA
        let inverseB = lengthB == 0 ? 0 : 1 / lengthB
        var cosine: Float = 0
        for index in 0..<count { cosine += (a[index] * inverseA) * (b[index] * inverseB) }
        if cosine > 1 - 1e-5 {
            // The same direction: the arc has no length.
            out.update(from: a, count: count)
        } else if cosine < 1e-5 - 1 {
            // Opposite: no arc is the shortest, so straight through the middle.
            for index in 0..<count { out[index] = a[index] * (1 - ratio) + b[index] * ratio }
        } else {
            let angle = acosf(cosine)
            let sine = sinf(angle)
            let length = lengthA * (1 - ratio) + lengthB * ratio
            let partA = sinf((1 - ratio) * angle) / sine * inverseA * length
            let partB = sinf(ratio * angle) / sine * inverseB * length
            for index in 0..<count { out[index] = a[index] * partA + b[index] * partB }
        }
    }
}
