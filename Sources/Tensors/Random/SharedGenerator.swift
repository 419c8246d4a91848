internal import Synchronization

/// One stream that several parts of a sampling run draw from in turn: what PyTorch's global generator is to ComfyUI.
///
/// The initial noise is drawn first; samplers and network patches that draw (HyperTile, token merging) continue the
/// stream. Every run has its own, so runs don't influence one another.
public final class SharedGenerator: Sendable {
    private let generator: Mutex<TorchGenerator>

    public init(seed: UInt64) { generator = Mutex(TorchGenerator(seed: seed)) }

    /// Starts the stream again with another seed.
    public func reseed(_ seed: UInt64) { generator.withLock { $0 = TorchGenerator(seed: seed) } }

    /// Standard normal numbers of a shape.
    public func normal(_ shape: [Int]) -> Tensor { generator.withLock { $0.normal(shape) } }

    /// An integer in 0 ..< bound.
    public func integer(below bound: UInt32) -> UInt32 { generator.withLock { $0.integer(below: bound) } }

    /// The state of the stream now. Setting it rewinds or forwards the stream.
    public var state: TorchGenerator {
        get { generator.withLock { $0 } }
        set { generator.withLock { $0 = newValue } }
    }
}
