// Nodes: LoraLoader, LoraLoaderModelOnly

internal import Checkpoints
internal import Diffusion
internal import WorkflowEngine

/// Applies a LoRA to a model and its text encoder.
struct LoraLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let (model, textEncoder) = (try inputs.model("model"), try inputs.textEncoder("clip"))
        let strengths = (model: try inputs.float("strength_model"), text: try inputs.float("strength_clip"))
        // Without effect the file isn't even opened: it may be missing.
        if strengths.model == 0, strengths.text == 0 { return .of(model, textEncoder) }
        let file = try AdapterFile.open(inputs.string("lora_name"), in: context)
        file.warnIfForeign(to: [model.content] + textEncoder.models.map(\.content), in: context)
        return .of(
            strengths.model == 0 ? model : model.patched(try LoRAPatch(file, strength: strengths.model)),
            strengths.text == 0 ? textEncoder : textEncoder.patched(try LoRAPatch(file, strength: strengths.text)))
    }
}

/// Applies a LoRA to a model alone.
struct LoraLoaderModelOnly: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let model = try inputs.model("model")
        let strength = try inputs.float("strength_model")
        if strength == 0 { return .of(model) }
        let file = try AdapterFile.open(inputs.string("lora_name"), in: context)
        file.warnIfForeign(to: [model.content], in: context)
        return .of(model.patched(try LoRAPatch(file, strength: strength)))
    }
}

extension AdapterFile {
    /// The file of a LoRA in its folder.
    static func open(_ name: String, in context: NodeContext) throws -> AdapterFile {
        AdapterFile(try CheckpointFile.open(context.path(of: name, kind: "loras")))
    }

    /// Tells when a LoRA has nothing to say to a model, or not all: it would have no effect, and nobody would see why.
    func warnIfForeign(to contents: [any TensorSource], in context: NodeContext) {
        if layersLeftOut > 0 {
            context.warn(
                "\(layersLeftOut) of \(moduleCount) layers of \(source.displayName) are left out: LoKr with lokr_t2 has no effect in ComfyUI"
            )
        }
        if moduleCount == 0 {
            context.warn("\(source.displayName) holds no LoRA in any layout that is known")
        } else if !contents.contains(where: { matches(in: $0.directory) > 0 }) {
            context.warn("none of the \(moduleCount) layers of \(source.displayName) is in this model: it was made for another family")
        }
    }
}
