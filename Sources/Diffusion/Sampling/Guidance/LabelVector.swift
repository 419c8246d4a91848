internal import Problems
internal import Networks
internal import Samplers
internal import Tensors

extension ConditioningFrame {
    /// Numbers that a size, or a score, is spread over.
    private static let waves = 256
    /// Scores that a text without one gets (Podell et al. 2023; the negative side asks for what people don't like).
    private static let usualScore = 6.0
    private static let negativeScore = 2.5

    /// The extra vector that goes with an entry, `[n, width]`; `nil` for networks that take none.
    ///
    /// - Parameter isNegative: whether the entry says what isn't wanted.
    /// - Throws: `SamplingError.invalidConditioning` when the entry lacks what the network wants to know.
    func label(for entry: Conditioning.Entry, isNegative: Bool) throws(SamplingError) -> Tensor? {
        switch labelForm {
        case .none: return nil
        case .sizes(let width):
            let sizes = sizes(of: entry)
            return try pooled(
                entry,
                followedBy: [
                    Float(sizes.height), Float(sizes.width), Float(sizes.cropHeight), Float(sizes.cropWidth),
                    Float(sizes.targetHeight ?? sizes.height), Float(sizes.targetWidth ?? sizes.width),
                ], width: width)
        case .score(let width):
            let sizes = sizes(of: entry)
            let score = sizes.aestheticScore ?? (isNegative ? Self.negativeScore : Self.usualScore)
            return try pooled(
                entry,
                followedBy: [
                    Float(sizes.height), Float(sizes.width), Float(sizes.cropHeight), Float(sizes.cropWidth), Float(score),
                ], width: width)
        case .noiseLevel: return Tensor([Float(upscalingLevel(of: entry))], shape: [1, 1])
        case .picture(let width):
            guard !entry.seenPictures.isEmpty else { return .zeros([1, width]) }
            return try seen(entry.seenPictures, width: width / 2, mergeAugmentation: 0.05)
        }
    }

    /// Without being told, the picture imitates pictures of its own size.
    private func sizes(of entry: Conditioning.Entry) -> SizeConditioning {
        entry.sizes ?? SizeConditioning(width: width * HintPicture.scale, height: height * HintPicture.scale)
    }

    private func seen(
        _ pictures: [SeenPicture], width: Int, mergeAugmentation: Double
    ) throws(SamplingError) -> Tensor {
        for embedding in pictures.map(\.embedding) where embedding.rank != 2 || embedding.shape[1] != width {
            throw SamplingError(
                code: .invalidConditioning,
                reason: "the seen picture is \(embedding.shape.last ?? 0) numbers wide, this model wants \(width)",
                hint: "use the vision model that belongs to this model: unCLIPCheckpointLoader gives it; for SDXL it is ViT-bigG")
        }
        return SeenPictureNoise(generator: generator, seed: seed, mergeAugmentation: mergeAugmentation)
            .label(of: pictures, width: width)
    }

    /// The pooled text, in whose place SDXL takes seen pictures if there are any, and numbers spread over waves.
    private func pooled(_ entry: Conditioning.Entry, followedBy numbers: [Float], width: Int) throws(SamplingError) -> Tensor {
        let rest = width - numbers.count * Self.waves
        var whole = entry.pooled
        if !entry.seenPictures.isEmpty {
            whole = try seen(entry.seenPictures, width: rest, mergeAugmentation: 0).narrowed(1, from: 0, count: rest)
        }
        guard let pooled = whole, pooled.rank == 2, pooled.shape[0] > 0 else {
            throw SamplingError(
                code: .invalidConditioning, reason: "this model wants to know the text as a whole (pooled), and the conditioning lacks it",
                hint: "encode the prompt with the text encoder that belongs to this model")
        }
        guard pooled.shape[1] == rest else {
            throw SamplingError(
                code: .invalidConditioning, reason: "the pooled text is \(pooled.shape[1]) numbers wide, this model wants \(rest)",
                hint: "encode the prompt with the text encoder that belongs to this model")
        }
        let waves = sinusoids(of: numbers, width: Self.waves).reshaped([1, numbers.count * Self.waves])
        return Tensor.concatenated([pooled, waves.repeatedToBatch(pooled.shape[0])], along: 1)
    }
}
