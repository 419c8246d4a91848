internal import Checkpoints
internal import Diffusion
internal import Networks
internal import Pictures
internal import Prompts
internal import Tensors
internal import WorkflowEngine

/// Encodes a text in which the word "photomaker" stands for the person on a picture.
struct PhotoMakerEncode: Node {
    private static let word = "photomaker"

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let encoder = try inputs.textEncoder("clip")
        let text = try inputs.string("text")
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        let place = words.firstIndex { $0 == Self.word }
        if place == nil { context.warn("the text lacks the word \(Self.word), so the picture isn't used") }
        // The reference counts words where the tokenizer counts pieces, and leaves out the piece of the word's number.
        var encoded = try encoder.encode(
            encoder.models.map { _ in text }, leavingOut: place.map { $0 + 1 },
            embeddings: EmbeddingFolder(models: context.services.models), warn: context.warn)
        guard let place, var entry = encoded.entries.first else { return .of(encoded) }
        let room = PromptTokenizer.chunkLength
        guard entry.embedding.shape[1] == room, place < room else {
            throw NodeError(
                .unsupported, input: "text", "the text is too long: with a PhotoMaker it must fit into \(room - 2) tokens")
        }
        entry.embedding = try inputs.value("photomaker", as: PhotoMaker.self)
            .fused(entry.embedding, at: place, with: inputs.image("image"))
        encoded.entries[0] = entry
        return .of(encoded)
    }

    var readsExternalContent: Bool { true }

    func externalContents(_ inputs: NodeInputs, in services: NodeServices) throws -> [ExternalContent] {
        try CLIPTextEncode().externalContents(inputs, in: services)
    }
}
