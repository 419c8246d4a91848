internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Fits pictures into a size and centres them on black or white.
struct ResizeAndPadImage: Node {
    enum Padding: String, CaseIterable { case white, black }

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let (width, height) = (try inputs.int("target_width"), try inputs.int("target_height"))
        try checkMemory(for: [image.batch, height, width, image.channels])
        let factor = min(Double(width) / Double(image.width), Double(height) / Double(image.height))
        let innerWidth = max(1, Int(Double(image.width) * factor))
        let innerHeight = max(1, Int(Double(image.height) * factor))
        let method = try inputs.choice("interpolation", of: Resampling.self)
        let (x, y) = ((width - innerWidth) / 2, (height - innerHeight) / 2)
        let value: Float = try inputs.choice("padding_color", of: Padding.self) == .white ? 1 : 0
        return .of(
            try image.resized(width: innerWidth, height: innerHeight, by: method)
                .padded(
                    left: x, top: y, right: width - innerWidth - x, bottom: height - innerHeight - y, value: value))
    }
}
