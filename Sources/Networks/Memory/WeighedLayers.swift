package import Digests
internal import Synchronization

/// The layers that networks are made of and what each takes when it is packed, found without reading any.
///
/// A layer that several networks share counts once, as it does in a `WeightStore`.
package final class WeighedLayers: Sendable {
    private let sizes = Mutex<[Digest: Int]>([:])

    package init() {}

    package func note(_ layer: Digest, bytes: Int) { sizes.withLock { $0[layer] = bytes } }

    /// Of all layers together.
    package var bytes: Int { sizes.withLock { $0.values.reduce(0, +) } }

    /// Of the largest layer.
    package var largest: Int { sizes.withLock { $0.values.max() ?? 0 } }
}
