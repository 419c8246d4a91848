public import Tensors

/// The noise a latent starts from.
///
/// Without indices one draw covers the whole batch. With them (parts of an earlier batch) each number of the stream
/// is a draw of one item, and every item takes the one that its index names, so that it gets the noise it had before
/// it was taken apart.
///
/// - Parameters:
///   - shape: of the latent, `[batch, channels, height, width]`.
///   - generator: freshly seeded; it stands behind the noise afterwards.
public func initialNoise(shape: [Int], batchIndex: [Int]?, from generator: SharedGenerator) -> Tensor {
    guard let batchIndex, !batchIndex.isEmpty else { return generator.normal(shape) }
    let item = [1] + shape.dropFirst()
    let wanted = Set(batchIndex)
    var draws: [Int: Tensor] = [:]
    for index in 0...max(0, batchIndex.max() ?? 0) {
        let draw = generator.normal(item)
        if wanted.contains(index) { draws[index] = draw }
    }
    return Tensor.concatenated(batchIndex.map { draws[$0] ?? .zeros(item) }, along: 0)
}
