public import Digests
internal import Synchronization
public import Tensors

/// The weights of one layer in the form its kernel wants: what a `WeightStore` keeps.
public protocol PackedLayer: Sendable {
    /// Bytes that the packed form keeps in memory.
    var byteCount: Int { get }
}

extension LinearWeights: PackedLayer {}
extension GEGLUWeights: PackedLayer {}
extension ConvolutionWeights: PackedLayer {}
extension NormWeights: PackedLayer {
    public var byteCount: Int { channels * 8 }
}
extension Tensor: PackedLayer {}

/// Packed layers under a budget of bytes, shared by everyone who names the same digest.
///
/// A layer's digest is that of its tensors after all patches, and of how they are packed. So two models that differ in one LoRA
/// share all layers that the LoRA leaves alone, and changing the LoRA's strength packs only the touched layers again.
///
/// Networks hold on to the layers they were assembled from; the store keeps them beyond that, for the next network, and drops the
/// least recently used ones when the budget is exceeded. Dropping never changes a result.
public final class WeightStore: Sendable {
    /// The store of this process. Half of the machine's memory; nine tenths of `MemoryBudget.limit` when somebody sets that.
    public static let shared = WeightStore(budget: MemoryBudget.available / 2)

    /// What the store did since it was made.
    public struct Counters: Sendable, Hashable {
        /// Layers read and packed.
        public var packed = 0
        /// Layers found ready.
        public var hits = 0
        /// Layers dropped for the budget.
        public var evicted = 0
    }

    private struct Entry {
        var layer: any PackedLayer
        var byteCount: Int
        var lastUse: UInt64
    }

    private struct State {
        var entries: [Digest: Entry] = [:]
        var byteCount = 0
        var budget: Int
        var clock: UInt64 = 0
        var counters = Counters()

        /// Drops the least recently used layers until the rest fits; the newest one always stays.
        mutating func makeRoom() {
            makeRoom(within: budget, keeping: 1)
        }

        mutating func makeRoom(within limit: Int, keeping least: Int) {
            guard byteCount > limit else { return }
            for (digest, entry) in entries.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
                guard byteCount > limit, entries.count > least else { return }
                entries[digest] = nil
                byteCount -= entry.byteCount
                counters.evicted += 1
            }
        }
    }

    private let state: Mutex<State>

    /// - Parameter budget: bytes of packed weights to keep.
    public init(budget: Int) { state = Mutex(State(budget: budget)) }

    /// The layer of that digest, packed now if nobody has it yet.
    ///
    /// Two threads that miss the same digest at once may both pack it; they get the same layer back.
    ///
    /// - Parameter pack: reads the tensors and packs them; called outside the store's lock.
    public func layer<Layer: PackedLayer>(_ digest: Digest, pack: () throws -> Layer) rethrows -> Layer {
        let found = state.withLock { state -> Layer? in
            guard let layer = state.entries[digest]?.layer as? Layer else { return nil }
            state.clock += 1
            state.entries[digest]?.lastUse = state.clock
            state.counters.hits += 1
            return layer
        }
        if let found { return found }
        let packed = try pack()
        return state.withLock { state in
            state.counters.packed += 1
            if let earlier = state.entries[digest]?.layer as? Layer { return earlier }
            state.clock += 1
            state.entries[digest] = Entry(layer: packed, byteCount: packed.byteCount, lastUse: state.clock)
            state.byteCount += packed.byteCount
            state.makeRoom()
            return packed
        }
    }

    /// Bytes of packed weights in the store now.
    public var byteCount: Int { state.withLock { $0.byteCount } }

    public var counters: Counters { state.withLock { $0.counters } }

    /// Bytes of packed weights to keep. Lowering it drops layers at once.
    public var budget: Int {
        get { state.withLock { $0.budget } }
        set {
            state.withLock {
                $0.budget = newValue
                $0.makeRoom()
            }
        }
    }

    /// Drops the least recently used layers until no more than so many bytes are left: something else needs the memory now.
    public func shrink(to bytes: Int) { state.withLock { $0.makeRoom(within: bytes, keeping: 0) } }

    /// Drops everything.
    public func removeAll() {
        state.withLock {
            $0.counters.evicted += $0.entries.count
            $0.entries = [:]
            $0.byteCount = 0
        }
    }
}
