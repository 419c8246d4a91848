internal import Diffusion
internal import WorkflowEngine

/// Makes a text encoder stop before its last layer.
struct CLIPSetLastLayer: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var encoder = try inputs.textEncoder("clip")
        encoder.lastLayer = try inputs.int("stop_at_clip_layer")
        return .of(encoder)
    }
}
