internal import Problems
public import Descriptions

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
}

extension Guider: Described {
    public static var blank: Guider { Guider(model: .blank, guidance: .single(.blank)) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.visit(recipe: "model", &model)
        try visitor.visit(part: "guidance", &guidance)
    }
}

extension Guidance: Described {
    public static var blank: Guidance { .single(.blank) }

    private var kind: String {
        switch self {
        case .single: "single"
        case .classifierFree: "classifierFree"
        case .dual: "dual"
        case .perpendicular: "perpendicular"
        }
    }

    /// The texts, then the kind and its scales as a list of numbers: so digests have them.
    public mutating func describe(to visitor: any FieldVisitor) throws {
        let kind = try visitor.kind("kind", kind)
        var sides = kind == self.kind ? sides : []
        let names =
            switch kind {
            case "single": ["positive"]
            case "classifierFree": ["positive", "negative"]
            case "dual": ["first", "second", "negative"]
            case "perpendicular": ["positive", "negative", "empty"]
            default: throw DescriptionError("guidance of the kind \(kind)")
            }
        if sides.count != names.count { sides = names.map { _ in .blank } }
        for (place, name) in names.enumerated() { try visitor.visit(part: name, &sides[place]) }
        var (cfg, second, nested) = (Float(1), Float(1), false)
        switch self {
        case .single: break
        case .classifierFree(_, _, let scale): cfg = scale
        case .dual(_, _, _, let first, let other, let isNested): (cfg, second, nested) = (first, other, isNested)
        case .perpendicular(_, _, _, let scale, let negative): (cfg, second) = (scale, negative)
        }
        switch kind {
        case "single":
            visitor.mark(.whole(1))
            visitor.mark(.single(0))
            self = .single(sides[0])
        case "classifierFree":
            visitor.mark(.whole(2))
            visitor.mark(.single(1))
            try visitor.visit("cfg", &cfg)
            self = .classifierFree(positive: sides[0], negative: sides[1], cfg: cfg)
        case "dual":
            try visitor.unmarked { try visitor.visit("nested", &nested) }
            visitor.mark(.whole(3))
            visitor.mark(.single(nested ? 3 : 2))
            try visitor.visit("cfgFirst", &cfg)
            try visitor.visit("cfgSecond", &second)
            self = .dual(first: sides[0], second: sides[1], negative: sides[2], cfgFirst: cfg, cfgSecond: second, nested: nested)
        default:
            visitor.mark(.whole(3))
            visitor.mark(.single(4))
            try visitor.visit("cfg", &cfg)
            try visitor.visit("negativeScale", &second)
            self = .perpendicular(positive: sides[0], negative: sides[1], empty: sides[2], cfg: cfg, negativeScale: second)
        }
    }
}
