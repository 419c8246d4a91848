// Nodes: SimpleMath+, ImageFlip+, GetImageSize+, GetImageSizeAndCount, ImageCrop+, ImageDesaturate+

internal import Pictures
internal import Tensors
internal import WorkflowEngine

// Nodes of ComfyUI_essentials, and one of KJNodes.

/// Computes a formula; inputs that aren't linked are 0.
struct SimpleMath: Node {
    static let type = "SimpleMath+"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let value = try inputs.evaluate("value", missing: .integer(0))
        let number = value.isNaN ? 0 : value
        guard let whole = Int64(exactly: number.rounded(.toNearestOrEven)) else {
            throw NodeError(.badValue, input: "value", "the result \(value) is no whole number that fits")
        }
        return .of(whole, number)
    }
}

/// Mirrors pictures.
struct EssentialsImageFlip: Node {
    static let type = "ImageFlip+"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let axis = try inputs.string("axis")
        var pixels = try inputs.image("image").pixels
        if axis.contains("x") { pixels = pixels.flipped(2) }
        if axis.contains("y") { pixels = pixels.flipped(1) }
        return .of(Image(pixels))
    }
}

/// Tells size and number of pictures.
struct EssentialsGetImageSize: Node {
    static let type = "GetImageSize+"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        return .of(Int64(image.width), Int64(image.height), Int64(image.batch))
    }
}

/// Tells size and number of pictures and passes them on.
struct GetImageSizeAndCount: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        return .of(image, Int64(image.width), Int64(image.height), Int64(image.batch))
    }
}

/// Cuts a part out of pictures, from a corner, a side or the centre.
struct EssentialsImageCrop: Node {
    static let type = "ImageCrop+"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let width = try inputs.int("width", most: image.width, context)
        let height = try inputs.int("height", most: image.height, context)
        let position = try inputs.string("position")
        func middle(_ whole: Int, _ part: Int) -> Int { Int((Double(whole - part) / 2).rounded(.toNearestOrEven)) }
        var x = position.contains("left") ? 0 : position.contains("right") ? image.width - width : middle(image.width, width)
        var y = position.contains("top") ? 0 : position.contains("bottom") ? image.height - height : middle(image.height, height)
        x += try inputs.int("x_offset")
        y += try inputs.int("y_offset")
        // The window is cut at the borders.
        let (left, right) = (max(0, min(x, image.width)), max(0, min(x + width, image.width)))
        let (top, bottom) = (max(0, min(y, image.height)), max(0, min(y + height, image.height)))
        guard right > left, bottom > top else {
            throw NodeError(
                .badValue, "nothing of \(image.width) × \(image.height) pixels is left at (\(x), \(y))",
                hint: "width, height and offsets must leave some pixels")
        }
        if right - left < width || bottom - top < height {
            context.warn("the offsets lead over the border; \(right - left) × \(bottom - top) pixels are left of \(width) × \(height)")
        }
        let part = image.cropped(x: left, y: top, width: right - left, height: bottom - top)
        return .of(part, Int64(x), Int64(y))
    }
}

/// Takes colour out of pictures.
struct ImageDesaturate: Node {
    static let type = "ImageDesaturate+"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image").withChannels(3)
        let factor = try inputs.float("factor")
        let method = try inputs.string("method")
        let weights = Self.weights(method)
        let pixels = Tensor(shape: image.pixels.shape) { out in
            image.pixels.withFloats { x in
                for start in stride(from: 0, to: x.count, by: 3) {
                    let (r, g, b) = (x[start], x[start + 1], x[start + 2])
                    var grey = (max(r, g, b) + min(r, g, b)) / 2
                    if let weights { grey = weights.0 * r + weights.1 * g + weights.2 * b }
                    for channel in start..<start + 3 { out[channel] = (1 - factor) * x[channel] + factor * grey }
                }
            }
        }
        return .of(Image(pixels))
    }

    /// What each colour counts; `nil` for lightness, the mean of the strongest and the weakest.
    private static func weights(_ method: String) -> (Float, Float, Float)? {
        if method.contains("709") { return (0.2126, 0.7152, 0.0722) }
        if method.contains("601") { return (0.299, 0.587, 0.114) }
        return method == "average" ? (1 / 3, 1 / 3, 1 / 3) : nil
    }
}
