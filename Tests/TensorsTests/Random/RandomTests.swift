import Tensors
import Testing

@Suite("Random numbers as PyTorch's CPU generator and NumPy give them")
struct RandomTests {
    @Test("the twister of seed 42 gives the well-known first words")
    func firstWords() {
        var twister = MersenneTwister(seed: 42)
        #expect((0..<4).map { _ in twister.next() } == [1_608_637_542, 3_421_126_067, 4_083_286_876, 787_846_414])
    }

    @Test("only the low 32 bits of a seed count")
    func seedWraps() {
        var small = TorchGenerator(seed: 0), large = TorchGenerator(seed: 1 << 32)
        #expect(small.normal([40]).hasSameBits(as: large.normal([40])))
    }

    @Test("normal numbers of seed 42 equal torch.randn's (PyTorch 2.15, CPU)")
    func normals() {
        var generator = TorchGenerator(seed: 42)
        let noise = generator.normal([1, 4, 8, 8]).floats
        let expected: [Float] = [
            1.9269153, 1.4872841, 0.9007172, -2.1055210, 0.6784185, -1.2345449, -0.0430675, -1.6046669,
        ]
        for (found, wanted) in zip(noise, expected) { #expect(abs(found - wanted) < 1e-6) }
    }

    @Test("a stored state goes on with the same numbers, spare included", arguments: [3, 15, 16, 40, 700])
    func storedState(count: Int) throws {
        var generator = TorchGenerator(seed: 7)
        _ = generator.normal([count])
        var restored = try #require(TorchGenerator(words: generator.words))
        #expect(generator.normal([5]).hasSameBits(as: restored.normal([5])))
        #expect(generator.normal([33]).hasSameBits(as: restored.normal([33])))
    }

    @Test("words that can't be a state are refused")
    func badState() {
        #expect(TorchGenerator(words: []) == nil)
        #expect(TorchGenerator(words: [UInt32](repeating: 1, count: 626)) == nil)
        #expect(TorchGenerator(words: [UInt32](repeating: 700, count: 625)) == nil)
    }

    @Test("a seed sequence of 24 words equals NumPy's, spawned or not")
    func seedSequence() {
        #expect(SeedSequence(entropy: 42, poolSize: 24).state(3) == [387_750_627, 2_536_650_517, 4_078_839_648])
        let keys: [[UInt64]] = [[0, 0], [0, 1], [1, 1]]
        let seeds = keys.map { SeedSequence(entropy: 42, spawnKey: $0, poolSize: 24).state(4)[0] }
        #expect(seeds == [2_102_017_995, 2_358_011_247, 1_058_881_542])
    }

    @Test("a Brownian tree answers a question the same whatever was asked before")
    func orderOfQuestions() {
        let asked = BrownianTree(shape: [40], from: 0.03, to: 14.6, seed: 9)
        _ = asked.noise(from: 14.6, to: 3)
        _ = asked.noise(from: 3, to: 1)
        _ = asked.noise(from: 7, to: 0.5)
        let fresh = BrownianTree(shape: [40], from: 0.03, to: 14.6, seed: 9)
        #expect(asked.noise(from: 5, to: 2).hasSameBits(as: fresh.noise(from: 5, to: 2)))
    }

    @Test("the halves of an interval add up to the whole")
    func halves() {
        let tree = BrownianTree(shape: [8], from: 0.1, to: 10, seed: 1)
        let whole = tree.noise(from: 8, to: 2) * Float(6).squareRoot()
        let parts = tree.noise(from: 8, to: 5) * Float(3).squareRoot() + tree.noise(from: 5, to: 2) * Float(3).squareRoot()
        #expect((whole - parts).maximumMagnitude < 1e-5)
    }
}
