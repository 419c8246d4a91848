// Nodes: LatentUpscale, LatentUpscaleBy

internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Resizes a latent to a size given in pixels; its mask stays as it is.
struct LatentUpscale: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var latent = try inputs.latent("samples")
        let (width, height) = (try inputs.int("width"), try inputs.int("height"))
        // One side 0 keeps the proportions, both 0 the latent; no side is less than 64 pixels.
        if width == 0, height == 0 { return .of(latent) }
        func other(_ side: Int, _ given: Int, _ givenSide: Int) -> Int {
            max(64, Int((Double(side) * Double(given) / Double(givenSide)).rounded(.toNearestOrEven)))
        }
        if (1..<64).contains(width) { context.warn("width: \(width) is less than a latent can be scaled to; 64 is taken") }
        if (1..<64).contains(height) { context.warn("height: \(height) is less than a latent can be scaled to; 64 is taken") }
        if width >= 64 { _ = try inputs.cells("width", context) }
        if height >= 64 { _ = try inputs.cells("height", context) }
        let newWidth = width > 0 ? max(64, width) : other(latent.width, height, latent.height)
        let newHeight = height > 0 ? max(64, height) : other(latent.height, width, latent.width)
        latent.samples = try latent.samples.scaledLatent(
            width: newWidth / 8, height: newHeight / 8, by: inputs, cropping: inputs.choice("crop", of: Cropping.self))
        return .of(latent)
    }
}

/// Scales a latent by a factor.
struct LatentUpscaleBy: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var latent = try inputs.latent("samples")
        let factor = try inputs.double("scale_by")
        latent.samples = try latent.samples.scaledLatent(
            width: Int((Double(latent.width) * factor).rounded(.toNearestOrEven)),
            height: Int((Double(latent.height) * factor).rounded(.toNearestOrEven)), by: inputs)
        return .of(latent)
    }
}

extension Tensor {
    /// `[batch, channels, height, width]` resized by the method that the input `upscale_method` names.
    fileprivate func scaledLatent(
        width: Int, height: Int, by inputs: NodeInputs, cropping: Cropping = .disabled
    ) throws -> Tensor {
        guard width > 0, height > 0 else {
            throw NodeError(.badValue, "\(shape[3]) × \(shape[2]) latent cells would become \(width) × \(height)")
        }
        try checkMemory(for: [shape[0], shape[1], height, width])
        let method = try inputs.choice("upscale_method", of: Resampling.self)
        return try resized(width: width, height: height, by: method, cropping: cropping, channels: .first)
    }
}
