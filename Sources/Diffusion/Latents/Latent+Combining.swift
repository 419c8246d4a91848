public import Pictures
public import Problems
internal import Samplers
public import Tensors

/// Two latents that can't come together, and why.
public typealias LatentError = PlainProblem<LatentErrorCode>

public enum LatentErrorCode: String, ProblemCode {
    case channelsDiffer = "latent-channels-differ"
    case sizesDiffer = "latent-sizes-differ"
    case batchesDiffer = "latent-batches-differ"

    public var category: ProblemCategory { .wrongInput }
    public var hint: String { self == .channelsDiffer ? "Use latents of one model family." : "Make them equal first." }

    public var meaning: String {
        switch self {
        case .channelsDiffer: "Two latents have different numbers of channels."
        case .sizesDiffer: "Two latents have different sizes."
        case .batchesDiffer: "Two latents have different numbers of pictures."
        }
    }
}

extension Latent {
    /// This latent's samples brought to another one's size: resized, centre cropped, and the batch repeated or cut.
    ///
    /// - Throws: `.channelsDiffer`: latents of different model families don't mix.
    public func samples(
        fitting other: Latent, by method: Resampling = .bilinear, batch: Bool = true
    ) throws -> Tensor {
        guard channels == other.channels else {
            throw LatentError(
                code: .channelsDiffer, reason: "one latent has \(other.channels) channels, the other \(channels)",
                hint: "they come from models of different families")
        }
        var fitted = samples
        if (height, width) != (other.height, other.width) {
            fitted = try fitted.resized(
                width: other.width, height: other.height, by: method, cropping: .center, channels: .first)
        }
        return batch ? fitted.repeatedToBatch(other.batch) : fitted
    }

    /// The sum. The other one is fitted to this one, of which mask and batch places stay, here and below.
    public func adding(_ other: Latent) throws -> Latent {
        with(samples + (try other.samples(fitting: self)))
    }

    public func subtracting(_ other: Latent) throws -> Latent {
        with(samples - (try other.samples(fitting: self)))
    }

    public func multiplied(by factor: Float) -> Latent { with(samples * factor) }

    /// `share` of this one and the rest of the other, which is fitted by bicubic resizing.
    public func blended(with other: Latent, share: Float) throws -> Latent {
        let fitted = try other.samples(fitting: self, by: .bicubic)
        return with(Tensor.zip(samples, fitted) { $0 * share + $1 * (1 - share) })
    }

    /// Directions of the channel vectors mixed and made unit length again, lengths mixed apart.
    ///
    /// - Parameter share: of this one.
    public func interpolated(with other: Latent, share: Float) throws -> Latent {
        let fitted = try other.samples(fitting: self)
        let plane = height * width
        return with(
            Tensor(shape: samples.shape) { out in
                samples.withFloats { a in
                    fitted.withFloats { b in
                        for item in 0..<batch {
                            for place in 0..<plane {
                                let start = item * channels * plane + place
                                let indexes = stride(from: start, to: start + channels * plane, by: plane)
                                var (lengthA, lengthB) = (Float(0), Float(0))
                                for index in indexes {
                                    lengthA += a[index] * a[index]
                                    lengthB += b[index] * b[index]
                                }
                                (lengthA, lengthB) = (lengthA.squareRoot(), lengthB.squareRoot())
                                // A vector without length has no direction and counts as nothing.
                                let scaleA = lengthA == 0 ? 0 : share / lengthA
                                let scaleB = lengthB == 0 ? 0 : (1 - share) / lengthB
                                var mixed: Float = 0
                                for index in indexes {
                                    let value = a[index] * scaleA + b[index] * scaleB
                                    mixed += value * value
                                    out[index] = value
                                }
                                mixed = mixed.squareRoot()
                                let length = lengthA * share + lengthB * (1 - share)
                                let factor = mixed == 0 ? 0 : length / mixed
                                for index in indexes { out[index] *= factor }
                            }
                        }
                    }
                }
            })
    }

    /// The same latent with other samples.
    func with(_ samples: Tensor) -> Latent {
        var copy = self
        copy.samples = samples
        return copy
    }
}
