internal import Checkpoints
internal import Diffusion
internal import Pictures
internal import WorkflowEngine

/// Gives ControlNets a text of their own.
struct CLIPTextEncodeControlnet: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let text = try CLIPTextEncode.encoded(inputs, in: context).entries.first?.embedding
        return .of(try inputs.conditioning("conditioning").changed { $0.controlEmbedding = text })
    }

    var readsExternalContent: Bool { true }

    func externalContents(_ inputs: NodeInputs, in services: NodeServices) throws -> [ExternalContent] {
        try CLIPTextEncode().externalContents(inputs, in: services)
    }
}
