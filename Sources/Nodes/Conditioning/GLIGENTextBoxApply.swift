internal import Checkpoints
internal import Diffusion
internal import Networks
internal import WorkflowEngine

/// Places what a text describes into a box of the picture.
struct GLIGENTextBoxApply: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let text = try inputs.textEncoder("clip").unprojectedPooled(
            try inputs.string("text"), embeddings: EmbeddingFolder(models: context.services.models), warn: context.warn)
        let model = try inputs.value("gligen_textbox_model", as: GroundingModel.self)
        let box = Grounding.Box(
            text: text, height: try inputs.cells("height", context), width: try inputs.cells("width", context),
            y: try inputs.cells("y", context), x: try inputs.cells("x", context))
        return .of(
            try inputs.conditioning("conditioning_to").changed {
                // Boxes add up; the network given last counts.
                $0.grounding = Grounding(model: model, boxes: ($0.grounding?.boxes ?? []) + [box])
            })
    }

    var readsExternalContent: Bool { true }

    func externalContents(_ inputs: NodeInputs, in services: NodeServices) throws -> [ExternalContent] {
        guard let text = inputs["text"] as? String else { return [] }
        return try EmbeddingFolder(models: services.models).contents(of: text, in: services)
    }
}
