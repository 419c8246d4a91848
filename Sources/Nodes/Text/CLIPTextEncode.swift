internal import Diffusion
internal import WorkflowEngine

/// Encodes a prompt.
struct CLIPTextEncode: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try Self.encoded(inputs, in: context))
    }

    /// What the text encoder at `clip` makes of `text`.
    static func encoded(_ inputs: NodeInputs, in context: NodeContext) throws -> Conditioning {
        let embeddings = EmbeddingFolder(models: context.services.models)
        let text = try inputs.string("text")
        if let tag = text.firstMatch(of: /<(lora|lyco|hypernet):([^<>:]{1,80})[^<>]*>/) {
            context.warn(
                "\(tag.0) is encoded as plain text, as in ComfyUI; \(tag.1 == "hypernet" ? "HypernetworkLoader" : "LoraLoader") applies \(tag.2)"
            )
        }
        return try inputs.textEncoder("clip").encode(text, embeddings: embeddings, warn: context.warn)
    }

    var readsExternalContent: Bool { true }

    func externalContents(_ inputs: NodeInputs, in services: NodeServices) throws -> [ExternalContent] {
        guard let text = inputs["text"] as? String else { return [] }
        return try EmbeddingFolder(models: services.models).contents(of: text, in: services)
    }
}
