public import Descriptions
internal import Glibc
internal import Tensors

/// Scales low and high frequencies of the guidance apart.
///
/// Source: Huang et al. 2025, "FreSca" (arXiv 2504.02154).
public struct FrequencyScaling: GuidancePatch {
    public var low: Float
    public var high: Float
    /// Half of the side of the low square, in frequencies.
    public var cutoff: Int

    public init(low: Float, high: Float, cutoff: Int) {
        self.low = low
        self.high = high
        self.cutoff = cutoff
    }

    public static var blank: FrequencyScaling { FrequencyScaling(low: 0, high: 0, cutoff: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("FreSca"))
        try visitor.visit("low", &low)
        try visitor.visit("high", &high)
        try visitor.visit("cutoff", &cutoff)
    }

    public func hooks() -> GuidanceHooks {
        GuidanceHooks(beforeCFG: { step in
            guard step.hasUnconditional else { return step.predictions }
            let guidance = step.conditional - step.unconditional
            // What lies in the low square gets `low`, the rest `high`: high · all + (low − high) · square.
            let square = lowPassed(guidance)
            let filtered = Tensor.zip(guidance, square) { high * $0 + (low - high) * $1 }
            return GuidancePredictions(
                conditional: filtered + step.unconditional, unconditional: step.unconditional)
        })
    }

    /// The real part of what the frequencies −f ..< f in both directions make up; separable, so a matrix along each
    /// side.
    private func lowPassed(_ x: Tensor) -> Tensor {
        let (height, width) = (x.shape[2], x.shape[3])
        let (rows, columns) = (projection(height), projection(width))
        let plane = height * width
        return Tensor(shape: x.shape) { out in
            x.withFloats { x in
                for start in stride(from: 0, to: out.count, by: plane) {
                    var across = [(re: Double, im: Double)](repeating: (0, 0), count: plane)
                    for row in 0..<height {
                        for column in 0..<width {
                            var (re, im) = (0.0, 0.0)
                            for source in 0..<width {
                                let value = Double(x[start + row * width + source])
                                let weight = columns[(column - source + width) % width]
                                re += value * weight.re
                                im += value * weight.im
                            }
                            across[row * width + column] = (re, im)
                        }
                    }
                    for row in 0..<height {
                        for column in 0..<width {
                            var re = 0.0
                            for source in 0..<height {
                                let value = across[source * width + column]
                                let weight = rows[(row - source + height) % height]
                                re += value.re * weight.re - value.im * weight.im
                            }
                            out[start + row * width + column] = Float(re)
                        }
                    }
                }
            }
        }
    }

    /// The circular kernel that keeps the frequencies −f ..< f of a side.
    private func projection(_ size: Int) -> [(re: Double, im: Double)] {
        let limit = min(cutoff, size / 2)
        return (0..<size).map { distance in
            var (re, im) = (0.0, 0.0)
            for frequency in -limit..<limit {
                let angle = 2 * Double.pi * Double(frequency * distance) / Double(size)
                re += cos(angle) / Double(size)
                im += sin(angle) / Double(size)
            }
            return (re, im)
        }
    }
}
