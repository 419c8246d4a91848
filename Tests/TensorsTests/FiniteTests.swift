import Tensors
import Testing

@Suite("NaN and infinities") struct FiniteTests {
    @Test(
        "are found in every type of number, wherever they stand",
        arguments: [DType.float64, .float32, .float16, .bfloat16, .float8E4M3, .float8E5M2])
    func types(dtype: DType) throws {
        // The bits of a number that is none: all ones; and of the largest finite one, little-endian.
        let nan = [UInt8](repeating: 0xFF, count: dtype.size)
        for count in [1, 7, 4096, 9000] {
            var bytes = [UInt8](repeating: 0x11, count: count * dtype.size)
            #expect(Tensor(bytes: bytes, shape: [count], dtype: dtype).isFinite)
            for index in [0, count / 2, count - 1] {
                let range = index * dtype.size..<(index + 1) * dtype.size
                let before = Array(bytes[range])
                bytes.replaceSubrange(range, with: nan)
                let found = Tensor(bytes: bytes, shape: [count], dtype: dtype).firstNotFinite
                #expect(found?.index == index && found?.value.isNaN == true)
                bytes.replaceSubrange(range, with: before)
            }
        }
    }

    @Test("infinities of either sign are told from NaN, and the largest number is finite")
    func infinities() {
        #expect(Tensor([1, -.infinity]).firstNotFinite?.value == -.infinity)
        #expect(Tensor([.greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude]).isFinite)
        #expect(Tensor([]).isFinite)
        #expect(Tensor(bytes: [255, 255], shape: [2], dtype: .uint8).isFinite)
    }
}
