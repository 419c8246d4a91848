public import Descriptions

/// The noise a run starts from: ComfyUI's NOISE.
public enum StartNoise: Sendable, Hashable {
    case random(seed: UInt64)
    /// The latent brings its own noise, or wants none.
    case none

    /// Samplers that draw get 0 where nothing is drawn at the start.
    public var seed: UInt64 {
        switch self {
        case .random(let seed): seed
        case .none: 0
        }
    }
}

extension StartNoise: Described {
    public static var blank: StartNoise { .none }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        var seed: UInt64?
        if case .random(let number) = self { seed = number }
        try visitor.optional("seed", &seed, blank: 0) { try visitor.visit("seed", &$0) }
        self = seed.map { .random(seed: $0) } ?? .none
    }
}
