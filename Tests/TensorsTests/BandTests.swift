import CTensorKernels
@testable import Tensors
import Testing

extension KernelTests {
    /// Pictures in bands of rows give the bits of whole pictures.
    @Suite("bands") struct Bands {
        /// Cuts `0..<count` into ranges of `length`.
        static func cut(_ count: Int, every length: Int) -> [Range<Int>] {
            stride(from: 0, to: count, by: length).map { $0..<min(count, $0 + length) }
        }

        @Test("a convolution in bands has the bits of the whole one", arguments: Convolutions.shapes)
        func convolutions(shape: Convolutions.Shape) {
            let channels = shape.inputs.reduce(0, +)
            let x = Fixture.tensor([1, shape.height, shape.width, channels], seed: 1)
            let weight = Fixture.tensor([shape.outputs, channels, shape.kernel.0, shape.kernel.1], seed: 2, scale: 0.1)
            let weights = ConvolutionWeights(
                weight: weight, bias: Fixture.tensor([shape.outputs], seed: 3), stride: shape.stride, padding: shape.padding)
            let plain = convolution(x, weights, upsampling: shape.upsampling)
            let residual = Fixture.tensor(plain.shape, seed: 4)
            let whole = convolution(x, weights, upsampling: shape.upsampling, activation: .silu, adding: residual)
            for rows in [4, 8, 12] {
                let banded = sameBitsEverywhere("\(shape) in bands of \(rows)", threads: [1, 3]) {
                    Tensor.concatenated(
                        Self.cut(whole.shape[1], every: rows).map { range in
                            let needed = weights.inputRows(for: range, ofHeight: shape.height, upsampling: shape.upsampling)
                            let band = PictureBand(rows: needed, pixels: x.narrowed(1, from: needed.lowerBound, count: needed.count))
                            return convolution(
                                band, ofHeight: shape.height, rows: range, weights, upsampling: shape.upsampling, activation: .silu,
                                adding: residual.narrowed(1, from: range.lowerBound, count: range.count))
                        }, along: 1)
                }
                #expect(banded.hasSameBits(as: whole), "bands of \(rows)")
            }
        }

        @Test(
            "a group norm whose sums come in bands has the bits of the whole one",
            arguments: [(32, 37, 61), (64, 16, 16), (512, 9, 13), (2048, 5, 7), (96, 3, 1)])
        func groupNorms(channels: Int, height: Int, width: Int) {
            let x = Fixture.tensor([1, height, width, channels], seed: 1) + 0.5
            let weights = NormWeights(weight: Fixture.tensor([channels], seed: 2), bias: Fixture.tensor([channels], seed: 3))
            for silu in [false, true] {
                let whole = groupNorm(x, weights, groups: 32, epsilon: 1e-6, silu: silu)
                for rows in [1, 2, 4, 100] {
                    let banded = sameBitsEverywhere("\(channels) channels in bands of \(rows)", threads: [1, 3]) {
                        let bands = Self.cut(height, every: rows).map { x.narrowed(1, from: $0.lowerBound, count: $0.count) }
                        var sums = GroupNormSums(channels: channels)
                        for band in bands { sums.add(band) }
                        let factors = sums.factors(weights, epsilon: 1e-6)
                        return Tensor.concatenated(
                            bands.map { factors.applied(to: $0, silu: silu, overwriting: false) }, along: 1)
                    }
                    #expect(banded.hasSameBits(as: whole), "\(rows) rows, silu \(silu)")
                }
            }
        }

        @Test("known factors write over what nobody else holds, and leave the rest alone")
        func inPlace() throws {
            let x = Fixture.tensor([1, 4, 4, 32], seed: 1)
            let weights = NormWeights(weight: Fixture.tensor([32], seed: 2), bias: Fixture.tensor([32], seed: 3))
            var sums = GroupNormSums(channels: 32)
            sums.add(x)
            let factors = sums.factors(weights, epsilon: 1e-6)
            let before = x.floats
            var shared = x, own = x + 0
            let operations = Operations()
            try operations.groupNorm(inPlace: &shared, factors)
            #expect(x.floats == before)
            try operations.groupNorm(inPlace: &own, factors)
            #expect(own.hasSameBits(as: shared))
        }

        @Test(
            "attention to keys that come in parts has the bits of one call",
            arguments: [(1, 512, 300, 300), (2, 40, 70, 513), (1, 64, 33, 128), (3, 8, 1, 1)])
        func attentions(heads: Int, size: Int, queries: Int, keys: Int) throws {
            let width = heads * size
            let q = Fixture.tensor([1, queries, width], seed: 1), kv = Fixture.tensor([1, keys, 2 * width], seed: 2)
            func columns(_ x: Tensor, _ part: Int) -> TokenColumns { TokenColumns(x, from: part * width, count: width) }
            let whole = attention(query: TokenColumns(q), key: columns(kv, 0), value: columns(kv, 1), heads: heads)
            for length in [128, 256, 640] {
                let inParts = try sameBitsEverywhere("parts of \(length)", threads: [1, 3]) {
                    var attention = AttentionInParts(query: TokenColumns(q), heads: heads, Operations())
                    var result: Tensor?
                    for range in Self.cut(keys, every: length) {
                        let part = kv.narrowed(1, from: range.lowerBound, count: range.count)
                        result = try attention.look(at: columns(part, 0), value: columns(part, 1), isLast: range.upperBound == keys)
                    }
                    return result ?? .zeros([0])
                }
                #expect(inParts.hasSameBits(as: whole), "parts of \(length)")
            }
        }

        @Test("some outputs of a linear layer are a layer of their own", arguments: [DType.float32, .float16])
        func outputs(dtype: DType) {
            let weight = Fixture.stored([96, 40], as: dtype, seed: 1).stored
            let layer = LinearWeights(weight: weight, bias: Fixture.tensor([96], seed: 2))
            let x = Fixture.tensor([7, 40], seed: 3)
            let whole = linear(x, layer)
            #expect(linear(x, layer.outputs(32..<96)).hasSameBits(as: whole.narrowed(1, from: 32, count: 64)))
            #expect(linear(x, layer.outputs(0..<64)).hasSameBits(as: whole.narrowed(1, from: 0, count: 64)))
        }
    }
}
