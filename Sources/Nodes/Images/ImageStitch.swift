internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Puts one picture beside, above or below another.
struct ImageStitch: Node {
    enum Colour: String, CaseIterable {
        case white, black, red, green, blue

        var channels: (Float, Float, Float) {
            switch self {
            case .white: (1, 1, 1)
            case .black: (0, 0, 0)
            case .red: (1, 0, 0)
            case .green: (0, 1, 0)
            case .blue: (0, 0, 1)
            }
        }
    }

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let first = try inputs.image("image1")
        guard let second = try inputs.optionalImage("image2") else { return .of(first) }
        let side = try inputs.choice("direction", of: StitchSide.self)
        let spacing = try inputs.int("spacing_width")
        let matches = try inputs.boolean("match_image_size")
        let isBeside = side == .right || side == .left
        var (width, height) = (second.width, second.height)
        if matches {
            // A sliver becomes very long when its short side is brought to the other picture's.
            let proportion = Double(second.width) / Double(second.height)
            (width, height) =
                isBeside
                ? (Int(Double(first.height) * proportion), first.height)
                : (first.width, Int(Double(first.width) / proportion))
        }
        try checkMemory(for: [
            max(first.batch, second.batch), isBeside ? max(first.height, height) : first.height + height + spacing,
            isBeside ? first.width + width + spacing : max(first.width, width), max(first.channels, second.channels),
        ])
        return .of(
            try first.stitched(
                with: second, at: side, matchingSize: matches, spacing: spacing,
                colour: try inputs.choice("spacing_color", of: Colour.self).channels))
    }
}
