internal import Checkpoints
internal import Diffusion
internal import Pictures
internal import WorkflowEngine

/// Tells a ControlNet of many kinds which kind of hint it gets.
struct SetUnionControlNetType: Node {
    /// In the order of the published models' tasks.
    private static let kinds = [
        "openpose", "depth", "hed/pidi/scribble/ted", "canny/lineart/anime_lineart/mlsd", "normal", "segment", "tile", "repaint",
    ]

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var control = try inputs.controlNet("control_net")
        control.hintKind = Self.kinds.firstIndex(of: try inputs.choice("type"))
        return .of(control)
    }
}
