/// In what numbers a network is stored, multiplied and summed: part of what its results depend on.
///
/// Two precisions never share a packed layer, a cached result or a lock's promise: `identity` enters layer digests, and node
/// keys through `numericsVersion`. Which results agree in which precision: docs/numerics.md.
public struct Precision: Sendable, Hashable {
    /// How packed weights are kept.
    public enum Storage: String, Sendable, CaseIterable {
        /// As the file has them where it has float16 or bfloat16, both of which float32 holds exactly; all else as float32.
        case asStored = "stored"
    }

    /// What operands are when they are multiplied.
    public enum Arithmetic: String, Sendable, CaseIterable {
        case float32
    }

    /// What sums are carried in.
    public enum Accumulation: String, Sendable, CaseIterable {
        /// Products in one chain of fused multiply-adds; sums of norms in 16 lanes of float32, joined in float64.
        case float32
    }

    public var storage: Storage
    public var arithmetic: Arithmetic
    public var accumulation: Accumulation

    public init(storage: Storage, arithmetic: Arithmetic, accumulation: Accumulation) {
        self.storage = storage
        self.arithmetic = arithmetic
        self.accumulation = accumulation
    }

    /// What everything is computed in today.
    public static let standard = Precision(storage: .asStored, arithmetic: .float32, accumulation: .float32)

    /// Tells precisions apart in digests and keys.
    public var identity: String { "\(storage.rawValue) \(arithmetic.rawValue) \(accumulation.rawValue)" }
}
