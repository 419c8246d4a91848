internal import Tensors

/// TAESD's three convolutions around a shortcut, rectified after each and at the end.
package struct TinyBlock: Sendable {
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

    func callAsFunction(_ x: Tensor, _ operations: Operations) throws -> Tensor {
        var h = try operations.convolution(x, first, activation: .relu, named: "taesd")
        h = try operations.convolution(h, second, activation: .relu, named: "taesd")
        let residual = try shortcut.map { try operations.convolution(x, $0, named: "taesd") } ?? x
        return try operations.relu(operations.convolution(h, third, adding: residual, named: "taesd"))
    }
}
