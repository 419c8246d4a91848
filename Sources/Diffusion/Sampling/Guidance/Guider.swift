/// A model with the texts that steer it and the way they are combined: ComfyUI's GUIDER.
public struct Guider: Sendable {
    public var model: Model
    public var guidance: Guidance

    public init(model: Model, guidance: Guidance) {
        self.model = model
        self.guidance = guidance
    }
}

/// How the predictions for several texts become one.
public enum Guidance: Sendable {
    /// One text, no guidance.
    case single(Conditioning)
    /// `negative + (positive − negative) · cfg` (Ho & Salimans 2022).
    case classifierFree(positive: Conditioning, negative: Conditioning, cfg: Float)
    /// Two texts, the second between the first and the negative.
    ///
    /// Side by side: `negative + (second − negative) · cfgSecond + (first − second) · cfgFirst`; nested: the pair's
    /// guided prediction is guided against the negative.
    case dual(
        first: Conditioning, second: Conditioning, negative: Conditioning, cfgFirst: Float, cfgSecond: Float, nested: Bool)
    /// The negative's part across the positive (Armandpour et al. 2023, "Perp-Neg").
    case perpendicular(
        positive: Conditioning, negative: Conditioning, empty: Conditioning, cfg: Float, negativeScale: Float)

    /// The texts in the order in which the sides are evaluated, the positive first.
    public var sides: [Conditioning] {
        switch self {
        case .single(let positive): [positive]
        case .classifierFree(let positive, let negative, _): [positive, negative]
        case .dual(let first, let second, let negative, _, _, _): [first, second, negative]
        case .perpendicular(let positive, let negative, let empty, _, _): [positive, negative, empty]
        }
    }

    /// Which of `sides` says what isn't wanted.
    var negativeSide: Int? {
        switch self {
        case .single: nil
        case .classifierFree, .perpendicular: 1
        case .dual: 2
        }
    }

    /// The kind of guidance and its scales, as numbers that tell it from others of the same texts.
    public var numbers: [Float] {
        switch self {
        case .single: [0]
        case .classifierFree(_, _, let cfg): [1, cfg]
        case .dual(_, _, _, let first, let second, let nested): [nested ? 3 : 2, first, second]
        case .perpendicular(_, _, _, let cfg, let scale): [4, cfg, scale]
        }
    }
}
