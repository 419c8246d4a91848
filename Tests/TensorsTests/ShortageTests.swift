import CTensorKernels
import Glibc
@testable import Tensors
import Testing

@Suite("memory that can't be had")
struct ShortageTests {
    @Test("ends the process with a code of its own: a tensor")
    func tensor() async {
        await #expect(processExitsWith: .exitCode(4)) {
            dk_fail_allocation(1)
            _ = Tensor.zeros([8])
        }
    }

    @Test("ends the process with a code of its own: the tiles of a convolution, which has no other way")
    func convolution() async {
        await #expect(processExitsWith: .exitCode(4)) {
            let weights = ConvolutionWeights(weight: Fixture.tensor([32, 32, 3, 3], seed: 1), bias: nil, padding: Padding(1))
            let x = Fixture.tensor([1, 16, 16, 32], seed: 2)
            // The first is the result.
            dk_fail_allocation(2)
            _ = Tensors.convolution(x, weights)
            exit(0)
        }
    }

    @Test("ends the process with a code of its own: more than any machine has")
    func tooMuch() async {
        await #expect(processExitsWith: .exitCode(4)) { _ = Tensor.zeros([1 << 50]) }
    }

    @Test("is told to whoever wants to know, before the end")
    func handler() async {
        await #expect(processExitsWith: .exitCode(9)) {
            MemoryShortage.setHandler { bytes, purpose in
                if bytes == 32, purpose.map({ String(cString: $0) }) == "a tensor" { _exit(9) }
            }
            dk_fail_allocation(1)
            _ = Tensor.zeros([8])
        }
    }
}
