internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Cuts a part out of a mask; smaller where it would reach over the border.
struct CropMask: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let mask = try inputs.mask("mask")
        let (x, y) = (try inputs.int("x"), try inputs.int("y"))
        guard x < mask.width, y < mask.height else {
            throw NodeError(
                .badValue, input: x < mask.width ? "y" : "x", "(\(x), \(y)) lies outside the \(mask.width) × \(mask.height) mask")
        }
        let width = min(try inputs.int("width"), mask.width - x)
        let height = min(try inputs.int("height"), mask.height - y)
        return .of(Mask(mask.values.narrowed(1, from: y, count: height).narrowed(2, from: x, count: width)))
    }
}

/// Fades a mask out towards its edges.
struct FeatherMask: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            try inputs.mask("mask").feathered(
                left: inputs.int("left"), top: inputs.int("top"), right: inputs.int("right"),
                bottom: inputs.int("bottom")))
    }
}

/// Grows or shrinks what a mask covers.
struct GrowMask: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.mask("mask").grown(by: inputs.int("expand"), tapered: inputs.boolean("tapered_corners")))
    }
}

/// Makes a mask black and white.
struct ThresholdMask: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.mask("mask").thresholded(above: inputs.float("value")))
    }
}

/// Combines two masks where they overlap.
struct MaskComposite: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let operation = try inputs.choice("operation", of: MaskOperation.self)
        return .of(
            try inputs.mask("destination").combined(
                with: inputs.mask("source"), x: inputs.int("x"), y: inputs.int("y"), operation))
    }
}

/// Makes a mask of the places that have one colour.
struct ImageColorToMask: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.image("image").mask(ofColour: inputs.int("color")))
    }
}
