import Pictures
import Tensors

extension Latent {
    /// Another batch behind this one; fitted to its size (bilinear, centre crop). Every item keeps its place in the stream of
    /// noise, so equal places mean equal noise.
    public func followed(by other: Latent) throws -> Latent {
        let fitted = try other.samples(fitting: self, batch: false)
        var joined = with(Tensor.concatenated([samples, fitted], along: 0))
        joined.batchIndex = (batchIndex ?? Array(0..<batch)) + (other.batchIndex ?? Array(0..<other.batch))
        return joined
    }

    /// All items with the noise of the first place.
    public func withOneNoise() -> Latent {
        var copy = self
        copy.batchIndex = Array(repeating: batchIndex?.first ?? 0, count: batch)
        return copy
    }

    /// Each item with noise of its own.
    public func withFreshNoise() -> Latent {
        var copy = self
        copy.batchIndex = nil
        return copy
    }

    /// Batches regrouped to `size` items, in order. A new batch begins where the size of the latents changes; the last of a
    /// run may be smaller. Every item keeps its place in the noise, counted over all of them where it had none.
    public static func regrouped(_ latents: [Latent], size: Int) throws -> [Latent] {
        precondition(size > 0, "batches of \(size)")
        var groups: [Latent] = []
        var run: [Latent] = []
        func flush() throws {
            guard !run.isEmpty else { return }
            let items = Latent(
                samples: Tensor.concatenated(run.map(\.samples), along: 0),
                noiseMask: Tensor.concatenated(try run.map { try $0.fullMask() }, along: 0),
                batchIndex: run.flatMap { $0.batchIndex ?? [] })
            for start in stride(from: 0, to: items.batch, by: size) {
                groups.append(items.slice(start, count: min(size, items.batch - start)))
            }
            run = []
        }
        var counted = 0
        for latent in latents {
            if let last = run.last, last.samples.shape.dropFirst() != latent.samples.shape.dropFirst() { try flush() }
            var numbered = latent
            numbered.batchIndex = latent.batchIndex ?? Array(counted..<counted + latent.batch)
            counted += latent.batch
            run.append(numbered)
        }
        try flush()
        return groups
    }

    /// The mask in the picture's size for every item, `[batch, 1, 8 · height, 8 · width]`; 1 where there is none.
    private func fullMask() throws -> Tensor {
        guard let noiseMask else { return Tensor(repeating: 1, shape: [batch, 1, height * 8, width * 8]) }
        let mask = Mask(noiseMask.reshaped([-1, noiseMask.shape[noiseMask.rank - 2], noiseMask.shape[noiseMask.rank - 1]]))
        let sized =
            mask.height == height * 8 && mask.width == width * 8
            ? mask : try mask.resized(width: width * 8, height: height * 8)
        return sized.values.repeatedToBatch(batch).reshaped([batch, 1, height * 8, width * 8])
    }

    /// A slice; a mask of all 1 says nothing and is left out.
    private func slice(_ start: Int, count: Int) -> Latent {
        let mask = noiseMask?.narrowed(0, from: start, count: count)
        return Latent(
            samples: samples.narrowed(0, from: start, count: count),
            noiseMask: mask.flatMap { $0.minimum < 1 ? $0 : nil },
            batchIndex: batchIndex.map { Array($0[start..<start + count]) })
    }
}
