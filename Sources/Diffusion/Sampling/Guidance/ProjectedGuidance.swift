public import Descriptions
internal import Tensors

/// Projects the negative's score on the direction that both scores share most.
///
/// Source: Kwon et al. 2025, "TCFG: tangential damping classifier-free guidance" (arXiv 2503.18137).
public struct TangentialDamping: GuidancePatch {
    public init() {}
    public static var blank: TangentialDamping { TangentialDamping() }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("TCFG"))
    }

    public func hooks() -> GuidanceHooks {
        GuidanceHooks(beforeCFG: { step in
            guard step.hasUnconditional else { return step.predictions }
            let (c, u) = (step.x - step.conditional, step.x - step.unconditional)
            let (uu, uc, cc) = (u.squaredNormPerItem, u.dotPerItem(c), c.squaredNormPerItem)
            // The first right singular vector of the two rows is their combination by the Gram matrix's first
            // eigenvector.
            let factors = uu.indices.map { item -> (u: Float, c: Float) in
                let half = (uu[item] - cc[item]) / 2
                let largest = (uu[item] + cc[item]) / 2 + (half * half + uc[item] * uc[item]).squareRoot()
                var (p, q) = (uc[item], largest - uu[item])
                if p == 0, q == 0 { (p, q) = (1, 0) }
                let length = p * p * uu[item] + 2 * p * q * uc[item] + q * q * cc[item]
                let share = (p * uu[item] + q * uc[item]) / max(length, 1e-300)
                return (Float(p * share), Float(q * share))
            }
            let damped = u.mapItems { $1 * factors[$0].u } + c.mapItems { $1 * factors[$0].c }
            return GuidancePredictions(conditional: step.conditional, unconditional: step.x - damped)
        })
    }
}

/// Mixes the guided latent with the scaled conditional one by how alike the two sides are.
///
/// Source: ComfyUI's Mahiro node. The likeness is one number for the whole batch.
public struct Mahiro: GuidancePatch {
    public init() {}
    public static var blank: Mahiro { Mahiro() }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("Mahiro"))
    }

    public func hooks() -> GuidanceHooks {
        GuidanceHooks(afterCFG: { denoised, step in
            let leap = step.conditional * step.cfg
            let negativeLeap = step.unconditional * step.cfg
            let merge = Tensor.zip(leap, denoised) { ($0 + $1) / 2 }
            func root(_ x: Tensor) -> Tensor { x.map { $0 < 0 ? -(-$0).squareRoot() : $0.squareRoot() } }
            let k = 2 * (Float(meanCosine(root(negativeLeap), root(merge))) + 1)
            return Tensor.zip(denoised, leap) { (k * $0 + (4 - k) * $1) / 4 }
        })
    }

    /// The mean over all places of the cosine between channel vectors.
    private func meanCosine(_ a: Tensor, _ b: Tensor) -> Double {
        let (channels, plane) = (a.shape[1], a.shape[2] * a.shape[3])
        let (normA, normB) = (a.channelNorm, b.channelNorm)
        let products = a * b
        return products.withFloats { p in
            normA.withFloats { na in
                normB.withFloats { nb in
                    var sum = 0.0
                    for index in 0..<na.count {
                        var dot: Float = 0
                        for channel in 0..<channels {
                            dot += p[(index / plane * channels + channel) * plane + index % plane]
                        }
                        sum += Double(dot / (max(na[index], 1e-8) * max(nb[index], 1e-8)))
                    }
                    return sum / Double(na.count)
                }
            }
        }
    }
}
