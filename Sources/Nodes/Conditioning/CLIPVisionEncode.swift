internal import Checkpoints
internal import Diffusion
internal import Networks
internal import Pictures
internal import WorkflowEngine

/// Lets a CLIP vision model look at a picture.
struct CLIPVisionEncode: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let encoder = try inputs.value("clip_vision", as: VisionEncoder.self)
        let crops = try inputs.choice("crop") == "center"
        return .of(try encoder.encode(inputs.image("image"), cropping: crops ? .center : .disabled))
    }
}
