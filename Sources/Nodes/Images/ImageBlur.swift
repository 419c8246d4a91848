// Nodes: ImageBlur, ImageSharpen

internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Softens pictures.
struct ImageBlur: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let kernel = try image.kernel(radius: "blur_radius", inputs)
        return .of(try Image(image.pixels.blurred(kernel)))
    }
}

/// Sharpens pictures.
struct ImageSharpen: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let kernel = try image.kernel(radius: "sharpen_radius", inputs)
        guard kernel.radius > 0 else { return .of(image) }
        return .of(try Image(image.pixels.sharpened(kernel, amount: try inputs.float("alpha")).clamped(0, 1)))
    }
}

extension Image {
    /// The kernel that the inputs describe.
    ///
    /// - Throws: `NodeError.Code.badValue` when the picture is too small to be mirrored at its borders.
    fileprivate func kernel(radius name: String, _ inputs: NodeInputs) throws -> GaussianKernel {
        let radius = try inputs.int(name)
        guard radius < width, radius < height else {
            throw NodeError(
                .badValue, input: name, "a radius of \(radius) is too large for \(width) × \(height) pixels",
                hint: "it must be smaller than both sides")
        }
        return GaussianKernel(radius: radius, sigma: try inputs.double("sigma"))
    }
}
