internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Cuts a part out of pictures; smaller where it would reach over the border.
struct ImageCrop: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let x = min(try inputs.int("x"), image.width - 1)
        let y = min(try inputs.int("y"), image.height - 1)
        let width = min(try inputs.int("width"), image.width - x)
        let height = min(try inputs.int("height"), image.height - y)
        return .of(image.cropped(x: x, y: y, width: width, height: height))
    }
}

/// Which way something is mirrored.
enum FlipMethod: String, CaseIterable {
    case upsideDown = "x-axis: vertically", leftToRight = "y-axis: horizontally"
}

/// By how much something is turned clockwise.
enum Rotation: String, CaseIterable {
    case none, quarter = "90 degrees", half = "180 degrees", threeQuarters = "270 degrees"

    var quarters: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Mirrors pictures.
struct ImageFlip: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let method = try inputs.choice("flip_method", of: FlipMethod.self)
        return .of(Image(try inputs.image("image").pixels.flipped(method == .upsideDown ? 1 : 2)))
    }
}

/// Turns pictures by quarter turns.
struct ImageRotate: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let rotation = try inputs.choice("rotation", of: Rotation.self)
        return .of(Image(try inputs.image("image").pixels.turned(quarters: rotation.quarters, rows: 1)))
    }
}

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
            first.stitched(
                with: second, at: side, matchingSize: matches, spacing: spacing,
                colour: try inputs.choice("spacing_color", of: Colour.self).channels))
    }
}

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
            image.resized(width: innerWidth, height: innerHeight, by: method)
                .padded(
                    left: x, top: y, right: width - innerWidth - x, bottom: height - innerHeight - y, value: value))
    }
}

/// Adds room around a picture, and gives the mask of what is to be painted there.
struct ImagePadForOutpaint: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let (left, right) = (try inputs.int("left"), try inputs.int("right"))
        let (top, bottom) = (try inputs.int("top"), try inputs.int("bottom"))
        try checkMemory(for: [image.batch, top + image.height + bottom, left + image.width + right, image.channels])
        let padded = image.paddedForOutpainting(
            left: left, top: top, right: right, bottom: bottom, feathering: try inputs.int("feathering"))
        return .of(padded.image, padded.mask)
    }
}
