// Nodes: ImageResize+

internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Resizes pictures by several rules (ComfyUI_essentials).
struct EssentialsImageResize: Node {
    static let type = "ImageResize+"

    enum Method: String, CaseIterable { case stretch, keep = "keep proportion", fill = "fill / crop", pad }

    enum Condition: String, CaseIterable {
        case always, bigger = "downscale if bigger", smaller = "upscale if smaller", largerArea = "if bigger area"
        case smallerArea = "if smaller area"

        func holds(_ old: (width: Int, height: Int), _ new: (width: Int, height: Int)) -> Bool {
            switch self {
            case .always: true
            case .bigger: old.width > new.width || old.height > new.height
            case .smaller: old.width < new.width || old.height < new.height
            case .largerArea: old.width * old.height > new.width * new.height
            case .smallerArea: old.width * old.height < new.width * new.height
            }
        }
    }

    /// What is done to a picture that is resized.
    private struct Plan {
        var width: Int
        var height: Int
        /// Left, top and the final size, where something is cut off or added afterwards.
        var window: (x: Int, y: Int, width: Int, height: Int)?
    }

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        let multiple = try inputs.int("multiple_of")
        func floored(_ side: Int) -> Int { multiple > 1 ? side - side % multiple : side }
        let method = try inputs.choice("method", of: Method.self)
        let plan = Self.plan(
            image, width: floored(try inputs.int("width")), height: floored(try inputs.int("height")), method)
        guard plan.width > 0, plan.height > 0 else {
            throw NodeError(.badValue, "\(image.width) × \(image.height) pixels would become \(plan.width) × \(plan.height)")
        }
        try checkMemory(for: [
            image.batch, max(plan.height, plan.window?.height ?? 0), max(plan.width, plan.window?.width ?? 0), image.channels,
        ])
        var result = image
        let condition = try inputs.choice("condition", of: Condition.self)
        if condition.holds((image.width, image.height), (plan.width, plan.height)) {
            let resampling = try inputs.choice("interpolation", of: Resampling.self)
            result = try image.resized(width: plan.width, height: plan.height, by: resampling)
            if let window = plan.window {
                result =
                    method == .pad
                    ? result.padded(
                        left: window.x, top: window.y, right: window.width - plan.width - window.x,
                        bottom: window.height - plan.height - window.y, value: 0)
                    : result.cropped(x: window.x, y: window.y, width: window.width, height: window.height)
            }
        }
        if multiple > 1, result.width % multiple != 0 || result.height % multiple != 0 {
            let (width, height) = (result.width / multiple * multiple, result.height / multiple * multiple)
            guard width > 0, height > 0 else {
                throw NodeError(
                    .badValue, input: "multiple_of", "\(result.width) × \(result.height) pixels hold no multiple of \(multiple)")
            }
            result = result.cropped(
                x: (result.width - width) / 2, y: (result.height - height) / 2, width: width, height: height)
        }
        return .of(Image(result.pixels.clamped(0, 1)), Int64(result.width), Int64(result.height))
    }

    private static func plan(_ image: Image, width: Int, height: Int, _ method: Method) -> Plan {
        let (oldWidth, oldHeight) = (image.width, image.height)
        func rounded(_ value: Double) -> Int { Int(value.rounded(.toNearestOrEven)) }
        switch method {
        case .keep, .pad:
            // A side of 0 sets no limit.
            let limitWidth = width > 0 ? width : oldHeight < height ? 16_384 : oldWidth
            let limitHeight = height > 0 ? height : oldWidth < width ? 16_384 : oldHeight
            let factor = min(Double(limitWidth) / Double(oldWidth), Double(limitHeight) / Double(oldHeight))
            let (newWidth, newHeight) = (rounded(Double(oldWidth) * factor), rounded(Double(oldHeight) * factor))
            guard method == .pad else { return Plan(width: newWidth, height: newHeight) }
            let (wholeWidth, wholeHeight) = (width > 0 ? width : newWidth, height > 0 ? height : newHeight)
            return Plan(
                width: newWidth, height: newHeight,
                window: (
                    (wholeWidth - newWidth) / 2, (wholeHeight - newHeight) / 2, max(wholeWidth, newWidth),
                    max(wholeHeight, newHeight)
                ))
        case .stretch: return Plan(width: width > 0 ? width : oldWidth, height: height > 0 ? height : oldHeight)
        case .fill:
            let (wantedWidth, wantedHeight) = (width > 0 ? width : oldWidth, height > 0 ? height : oldHeight)
            let factor = max(Double(wantedWidth) / Double(oldWidth), Double(wantedHeight) / Double(oldHeight))
            let newWidth = max(wantedWidth, rounded(Double(oldWidth) * factor))
            let newHeight = max(wantedHeight, rounded(Double(oldHeight) * factor))
            return Plan(
                width: newWidth, height: newHeight,
                window: ((newWidth - wantedWidth) / 2, (newHeight - wantedHeight) / 2, wantedWidth, wantedHeight))
        }
    }
}
