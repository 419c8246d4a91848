internal import Glibc
internal import Networks
internal import Samplers
internal import Tensors

/// Noise on embeddings of seen pictures: such models are told how much, and stray from the picture accordingly.
///
/// The schedule is the squared cosine of Nichol & Dhariwal 2021; mean and spread of the training embeddings are taken as 0 and 1.
struct SeenPictureNoise {
    private static let levels = 1000
    /// Draws of a run for its pictures begin this far before its own seed.
    static let seedOffset: UInt64 = 10

    /// Of the run; draws for pictures restart it.
    let generator: SharedGenerator
    let seed: UInt64
    /// How far the sum of several pictures is noised, 0…1.
    let mergeAugmentation: Double

    /// Embeddings of all pictures, noised, with the level of the noise as sines and cosines behind them, each times its strength.
    ///
    /// Several are added, and the sum is noised again.
    ///
    /// - Parameter width: of the embeddings; all must have it.
    /// - Returns: `[1, 2 · width]`.
    func label(of pictures: [SeenPicture], width: Int) -> Tensor {
        var sum = Tensor.zeros([1, 2 * width])
        var count = 0
        for picture in pictures {
            for index in 0..<picture.embedding.shape[0] {
                generator.reseed(seed &- Self.seedOffset)
                let noised = noised(picture.embedding.item(index), picture.noiseAugmentation) * picture.strength
                sum = count == 0 ? noised : sum + noised
                count += 1
            }
        }
        // The merged one goes on in the stream that the last picture drew from.
        return count > 1 ? noised(sum.narrowed(1, from: 0, count: width), mergeAugmentation) : sum
    }

    private func noised(_ embedding: Tensor, _ augmentation: Double) -> Tensor {
        let level = noiseLevel(augmentation, highest: Self.levels - 1)
        let (signal, noise) = Self.shares(at: level)
        let mixed = lincomb(signal, embedding, noise, generator.normal(embedding.shape))
        return Tensor.concatenated([mixed, sinusoids(of: [Float(level)], width: embedding.shape[1])], along: 1)
    }

    /// What is left of the embedding at a level, and what noise is added.
    private static func shares(at level: Int) -> (signal: Float, noise: Float) {
        func share(_ time: Double) -> Double {
            let cosine = cos((time + 0.008) / 1.008 * .pi / 2)
            return cosine * cosine
        }
        var product = 1.0
        for step in 0...level {
            let beta = 1 - share(Double(step + 1) / Double(levels)) / share(Double(step) / Double(levels))
            product *= 1 - min(beta, 0.999)
        }
        return (Float(product.squareRoot()), Float((1 - product).squareRoot()))
    }
}

/// The level that a share of the highest one comes to, rounded to even; a share that is no number counts as none.
func noiseLevel(_ augmentation: Double, highest: Int) -> Int {
    let share = augmentation.isNaN ? 0 : min(max(augmentation, 0), 1)
    return Int((Double(highest) * share).rounded(.toNearestOrEven))
}
