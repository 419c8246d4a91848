/// For every place along a resized axis: which old places it is made of, and with which weights.
///
/// Semantics of PyTorch's `interpolate` without `align_corners` and without antialiasing: place `i` looks at the old
/// coordinate `(i + 0.5) · old / new − 0.5`, in float32.
struct AxisTaps {
    /// Taps of place `i` are `starts[i] ..< starts[i + 1]`.
    var starts: [Int] = [0]
    var sources: [Int] = []
    var weights: [Float] = []

    var count: Int { starts.count - 1 }

    /// No places yet: `add` taps, then `finishPlace`, for each.
    init() {}

    init(_ method: Resampling, from old: Int, to new: Int) {
        let scale = Float(old) / Float(new)
        starts.reserveCapacity(new + 1)
        for place in 0..<new {
            switch method {
            case .nearest:
                add(min(Int(Float(place) * scale), old - 1), 1)
            case .nearestExact:
                add(min(Int((Float(place) + 0.5) * scale), old - 1), 1)
            case .bilinear:
                let (lower, fraction) = Self.linear(place, scale: scale, count: old)
                add(lower, 1 - fraction)
                add(min(lower + 1, old - 1), fraction)
            case .area:
                let first = place * old / new
                let end = ((place + 1) * old + new - 1) / new
                for source in first..<end { add(source, 1 / Float(end - first)) }
            case .bicubic:
                let coordinate = scale * (Float(place) + 0.5) - 0.5
                let lower = coordinate.rounded(.down)
                let weights = Self.cubic(coordinate - lower)
                for tap in 0..<4 {
                    add(max(0, min(old - 1, Int(lower) - 1 + tap)), weights[tap])
                }
            case .lanczos, .bislerp:
                preconditionFailure("\(method) isn't a sum of weighted places")
            }
            finishPlace()
        }
    }

    mutating func finishPlace() { starts.append(sources.count) }

    mutating func add(_ source: Int, _ weight: Float) {
        sources.append(source)
        weights.append(weight)
    }

    /// The place below the coordinate that `place` looks at, and how far above it the coordinate lies.
    static func linear(_ place: Int, scale: Float, count: Int) -> (lower: Int, fraction: Float) {
        let coordinate = max(0, scale * (Float(place) + 0.5) - 0.5)
        let lower = min(Int(coordinate), count - 1)
        return (lower, min(coordinate - Float(lower), 1))
    }

    /// Keys 1981 with a = −0.75, for the four places around a fraction `t` of the way.
    private static func cubic(_ t: Float) -> [Float] {
        let a: Float = -0.75
        func near(_ x: Float) -> Float { ((a + 2) * x - (a + 3)) * x * x + 1 }
        func far(_ x: Float) -> Float { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
        return [far(t + 1), near(t), near(1 - t), far(2 - t)]
    }
}
