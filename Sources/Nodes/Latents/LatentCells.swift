internal import Pictures
internal import Tensors
internal import WorkflowEngine

extension NodeInputs {
    /// An input given in pixels, in cells of a latent: eighths, rounded down as in ComfyUI. What that leaves off is told.
    ///
    /// - Throws: `NodeError` when there is no such number.
    func cells(_ name: String, _ context: NodeContext) throws -> Int {
        let pixels = try int(name)
        // Towards zero, as ComfyUI divides sizes; places are never negative.
        let cells = pixels / 8
        if cells * 8 != pixels { context.warn("\(name): \(pixels) isn't of whole eighths, as latents are; \(cells * 8) is taken") }
        return cells
    }
}

extension Image {
    /// Tells of the edges that a VAE cuts off.
    func warnOfCut(_ context: NodeContext) {
        let (right, below) = (width % 8, height % 8)
        guard right > 0 || below > 0 else { return }
        context.warn(
            "the picture of \(width) × \(height) pixels isn't of whole eighths, as latents are; \(width - right) × \(height - below) of its middle are encoded"
        )
    }
}
