internal import Problems
public import Descriptions
internal import Glibc
internal import Networks
internal import Samplers
internal import Tensors

/// Moves away from what the network predicts for a latent that is blurred where it looks most.
///
/// Source: Hong et al. 2022, "Improving sample quality of diffusion models using self-attention guidance".
public struct SelfAttentionGuidance: GuidancePatch {
    public var scale: Float
    /// Standard deviation of the blur, in latent cells.
    public var blurSigma: Float

    public init(scale: Float, blurSigma: Float) {
        self.scale = scale
        self.blurSigma = blurSigma
    }

    public var needsUnconditional: Bool { true }
    public var recordsAttention: Bool { true }

    public static var blank: SelfAttentionGuidance { SelfAttentionGuidance(scale: 0, blurSigma: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("SelfAttentionGuidance"))
        try visitor.visit("scale", &scale)
        try visitor.visit("blurSigma", &blurSigma)
    }

    public func hooks() -> GuidanceHooks {
        GuidanceHooks(afterCFG: { denoised, step in
            guard min(step.x.shape[2], step.x.shape[3]) > 4, let attention = step.attention else { return denoised }
            let degraded = try blurred(step.unconditional, whereLookedAt: attention)
            let noised = degraded + (step.x - step.unconditional)
            let prediction = try step.predict(.negative, noised, .computed)
            return denoised + Tensor.zip(degraded, prediction) { ($0 - $1) * scale }
        })
    }

    /// The latent, blurred in the cells that get more than an even share of attention.
    private func blurred(_ latent: Tensor, whereLookedAt attention: Tensor) throws -> Tensor {
        let (height, width) = (latent.shape[2], latent.shape[3])
        let tokens = attention.shape[1]
        guard let rows = tokenRows(tokens, height: height, width: width) else {
            throw SamplingError(
                code: .invalidLatent,
                reason: "self-attention guidance can't lay \(tokens) tokens out for a latent of \(height) × \(width)",
                hint: "it needs pictures of at least 128 × 128 pixels")
        }
        let columns = tokens / rows
        let soft = gaussianBlurred(latent)
        let (channels, plane) = (latent.shape[1], height * width)
        return Tensor(shape: latent.shape) { out in
            latent.withFloats { sharp in
                soft.withFloats { soft in
                    attention.withFloats { received in
                        for index in 0..<out.count {
                            let item = index / (channels * plane)
                            let (row, column) = (index % plane / width, index % width)
                            let token = row * rows / height * columns + column * columns / width
                            out[index] = received[item * tokens + token] > 1 ? soft[index] : sharp[index]
                        }
                    }
                }
            }
        }
    }

    /// Rows of the token grid: near the latent's proportions, and a divisor.
    private func tokenRows(_ tokens: Int, height: Int, width: Int) -> Int? {
        let wanted = Int((Double(height) / Double(width) * Double(tokens)).squareRoot().rounded(.toNearestOrEven))
        for distance in 0..<Int(Double(tokens).squareRoot() / 2) {
            for rows in [wanted + distance, max(1, wanted - distance)] where rows > 0 && tokens % rows == 0 { return rows }
        }
        return nil
    }

    /// A 9 × 9 Gaussian, mirrored at the edges.
    private func gaussianBlurred(_ x: Tensor) -> Tensor {
        let weights = (-4...4).map { expf(-0.5 * powf(Float($0) / blurSigma, 2)) }
        let sum = weights.reduce(0, +)
        let kernel = weights.map { $0 / sum }
        let (height, width) = (x.shape[2], x.shape[3])
        func mirrored(_ place: Int, _ size: Int) -> Int { place < 0 ? -place : place >= size ? 2 * size - 2 - place : place }
        func pass(_ input: Tensor, step: (Int, Int, Int) -> Int) -> Tensor {
            Tensor(shape: input.shape) { out in
                input.withFloats { source in
                    for index in 0..<out.count {
                        let start = index / (height * width) * height * width
                        let (row, column) = (index % (height * width) / width, index % width)
                        var value: Float = 0
                        for offset in -4...4 { value += kernel[offset + 4] * source[start + step(row, column, offset)] }
                        out[index] = value
                    }
                }
            }
        }
        let across = pass(x) { $0 * width + mirrored($1 + $2, width) }
        return pass(across) { mirrored($0 + $2, height) * width + $1 }
    }
}
