internal import Tensors

/// TAESD's three convolutions around a shortcut, rectified after each and at the end.
struct TinyBlock: Sendable {
    let first, second, third: ConvolutionWeights
    let shortcut: ConvolutionWeights?

    init(loader: LayerLoader, inputs: Int) throws {
        first = try loader.convolution("conv.0", inputs: inputs)
        second = try loader.convolution("conv.2", inputs: first.outputs)
        third = try loader.convolution("conv.4", inputs: second.outputs)
        if loader.has("skip.weight") {
            shortcut = try loader.convolution("skip", inputs: inputs, outputs: third.outputs, kernel: 1)
        } else if inputs == third.outputs {
            shortcut = nil
        } else {
            throw loader.wrongShape("conv.4.weight", "\(inputs) channels come in and there is no skip")
        }
    }

    func callAsFunction(_ x: Tensor, _ trace: Trace) -> Tensor {
        trace.layer(.convolution, "taesd") {
            let h = convolution(convolution(x, first, activation: .relu), second, activation: .relu)
            return relu(convolution(h, third, adding: shortcut.map { convolution(x, $0) } ?? x))
        }
    }
}
