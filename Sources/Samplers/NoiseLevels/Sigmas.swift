public import Descriptions
internal import Glibc

/// A list of noise levels: ComfyUI's SIGMAS.
public struct Sigmas: Sendable, Hashable {
    public var values: [Float]
    public init(_ values: some Sequence<Float>) { self.values = Array(values) }

    /// The steps up to and from `step`. The sigma at the cut ends the first part and starts the second.
    public func split(at step: Int) -> (high: Sigmas, low: Sigmas) {
        (Sigmas(values.prefix(step + 1)), Sigmas(values.dropFirst(step)))
    }

    /// Cut so that the second part holds a share of the steps, rounded half to even; with none of them the first part
    /// is empty.
    public func split(denoise: Double) -> (high: Sigmas, low: Sigmas) {
        let steps = max(values.count - 1, 0)
        let low = min(steps, Int((Double(steps) * denoise).rounded(.toNearestOrEven)))
        return (Sigmas(low == 0 ? [] : values.dropLast(low)), Sigmas(values.suffix(low + 1)))
    }

    /// Backwards, from little to much noise. A first 0 becomes 0.0001: samplers divide by it.
    public func flipped() -> Sigmas {
        var reversed = Array(values.reversed())
        if reversed.first == 0 { reversed[0] = 0.0001 }
        return Sigmas(reversed)
    }

    /// With another first noise level.
    public func replacingFirst(_ sigma: Float) -> Sigmas {
        guard !values.isEmpty else { return self }
        return Sigmas([sigma] + values.dropFirst())
    }

    /// How the inserted points of `extended` lie between two sigmas.
    public enum Spacing: String, Sendable, CaseIterable { case linear, cosine, sine }

    /// With `steps - 1` points more in each gap that starts at a sigma between `end` and `start`.
    public func extended(steps: Int, from start: Float, to end: Float, spacing: Spacing) -> Sigmas {
        let start = start < 0 ? .infinity : start
        let points = linspace(0, 1, steps + 1).dropFirst().dropLast().map { x -> Float in
            switch spacing {
            case .linear: x
            // The names are swapped in the original, and workflows rely on what they do there.
            case .cosine: sinf(x * .pi / 2)
            case .sine: 1 - cosf(x * .pi / 2)
            }
        }
        var extended: [Float] = []
        for (sigma, next) in zip(values, values.dropFirst()) {
            extended.append(sigma)
            if sigma >= end, sigma <= start { extended += points.map { $0 * (next - sigma) + sigma } }
        }
        if let last = values.last { extended.append(last) }
        return Sigmas(extended)
    }
}

extension Sigmas: Described {
    public static var blank: Sigmas { Sigmas([]) }
    public mutating func describe(to visitor: any FieldVisitor) throws { try visitor.visit("values", &values) }
}
