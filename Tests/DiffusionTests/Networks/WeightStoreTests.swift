import Checkpoints
import Digests
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

@Suite("Weight store")
struct WeightStoreTests {
    static func floats(_ count: Int) -> Tensor { Tensor.zeros([count]) }

    @Test("packs a digest once and gives everyone the same layer")
    func sharing() {
        let store = WeightStore(budget: 1 << 20)
        let first = store.layer(Digest.of("a")) { Tensor([1]) }
        let second = store.layer(Digest.of("a")) { Tensor([2]) }
        #expect(first.floats == second.floats)
        #expect(store.counters == WeightStore.Counters(packed: 1, hits: 1, evicted: 0))
    }

    @Test("drops the layers that were used longest ago when the budget is exceeded")
    func eviction() {
        let store = WeightStore(budget: 1000)
        for name in ["a", "b", "c"] { _ = store.layer(Digest.of(name)) { Self.floats(75) } }
        _ = store.layer(Digest.of("a")) { Self.floats(75) }
        _ = store.layer(Digest.of("d")) { Self.floats(75) }
        #expect(store.byteCount == 900)
        #expect(store.counters.evicted == 1)
        _ = store.layer(Digest.of("a")) { Self.floats(75) }
        #expect(store.counters == WeightStore.Counters(packed: 4, hits: 2, evicted: 1))
        _ = store.layer(Digest.of("b")) { Self.floats(75) }
        #expect(store.counters.packed == 5)
    }

    @Test("keeps a layer that alone exceeds the budget, and drops everything when told to")
    func limits() {
        let store = WeightStore(budget: 10)
        _ = store.layer(Digest.of("big")) { Self.floats(100) }
        #expect(store.byteCount == 400)
        store.removeAll()
        #expect(store.byteCount == 0)
        store.budget = 1000
        _ = store.layer(Digest.of("a")) { Self.floats(100) }
        _ = store.layer(Digest.of("b")) { Self.floats(100) }
        store.budget = 500
        #expect(store.byteCount == 400)
    }

    @Test("a failure to pack leaves nothing behind")
    func failure() {
        struct Broken: Error {}
        let store = WeightStore(budget: 1000)
        #expect(throws: Broken.self) { try store.layer(Digest.of("a")) { () throws -> Tensor in throw Broken() } }
        #expect(store.byteCount == 0 && store.counters.packed == 0)
    }

    @Test("threads that ask at the same time get equal layers")
    func threads() async {
        let store = WeightStore(budget: 1 << 20)
        await withTaskGroup(of: Float.self) { group in
            for task in 0..<32 {
                group.addTask { store.layer(Digest.of("layer \(task % 4)")) { Tensor([Float(task % 4)]) }.scalar - Float(task % 4) }
            }
            for await difference in group { #expect(difference == 0) }
        }
        #expect(store.byteCount == 16)
    }
}
