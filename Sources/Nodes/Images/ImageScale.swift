// Nodes: ImageScale, ImageScaleBy, ImageScaleToTotalPixels, ImageScaleToMaxDimension

internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Resizes pictures to a size in pixels.
struct ImageScale: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let (width, height) = (try inputs.int("width"), try inputs.int("height"))
        // One side 0 keeps the proportions, both 0 the picture.
        if width == 0, height == 0 { return .of(image) }
        let newWidth = width > 0 ? width : max(1, rounded(image.width, times: height, over: image.height))
        let newHeight = height > 0 ? height : max(1, rounded(image.height, times: width, over: image.width))
        let cropping = try inputs.choice("crop", of: Cropping.self)
        return .of(try image.scaled(width: newWidth, height: newHeight, by: inputs, cropping: cropping))
    }

    private func rounded(_ side: Int, times factor: Int, over divisor: Int) -> Int {
        Int((Double(side) * Double(factor) / Double(divisor)).rounded(.toNearestOrEven))
    }
}

/// Scales pictures by a factor.
struct ImageScaleBy: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let factor = try inputs.double("scale_by")
        let width = Int((Double(image.width) * factor).rounded(.toNearestOrEven))
        let height = Int((Double(image.height) * factor).rounded(.toNearestOrEven))
        return .of(try image.scaled(width: width, height: height, by: inputs))
    }
}

/// Scales pictures to a number of megapixels (of 1024 × 1024 pixels).
struct ImageScaleToTotalPixels: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let total = Double(Int(try inputs.double("megapixels") * 1024 * 1024))
        let factor = (total / Double(image.width * image.height)).squareRoot()
        let width = Int((Double(image.width) * factor).rounded(.toNearestOrEven))
        let height = Int((Double(image.height) * factor).rounded(.toNearestOrEven))
        return .of(try image.scaled(width: width, height: height, by: inputs))
    }
}

/// Scales pictures until the longer side has a given length.
struct ImageScaleToMaxDimension: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let largest = try inputs.int("largest_size")
        let factor = Double(largest) / Double(max(image.width, image.height, 1))
        func side(_ length: Int, isLonger: Bool) -> Int {
            isLonger ? largest : Int((Double(length) * factor).rounded(.toNearestOrEven))
        }
        let width = side(image.width, isLonger: image.width >= image.height)
        let height = side(image.height, isLonger: image.height >= image.width)
        return .of(try image.scaled(width: width, height: height, by: inputs))
    }
}

extension Image {
    /// Resized by the method that the input `upscale_method` names.
    ///
    /// - Throws: `NodeError.Code.badValue` for a size without pixels, or one that no memory holds.
    func scaled(
        width: Int, height: Int, by inputs: NodeInputs, cropping: Cropping = .disabled
    ) throws -> Image {
        guard width > 0, height > 0 else {
            throw NodeError(.badValue, "\(self.width) × \(self.height) pixels would become \(width) × \(height)")
        }
        try checkMemory(for: [batch, height, width, channels])
        let method = try inputs.choice("upscale_method", of: Resampling.self)
        return try resized(width: width, height: height, by: method, cropping: cropping)
    }
}
