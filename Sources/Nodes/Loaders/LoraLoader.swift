// Nodes: LoraLoader, LoraLoaderModelOnly

internal import Checkpoints
internal import Diffusion
internal import WorkflowEngine

/// Applies a LoRA to a model and its text encoder.
struct LoraLoader: LoRANode {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let (model, textEncoder) = (try inputs.model("model"), try inputs.textEncoder("clip"))
        let strengths = (model: try inputs.float("strength_model"), text: try inputs.float("strength_clip"))
        // Without effect the file isn't even opened: it may be missing.
        if strengths.model == 0, strengths.text == 0 { return .of(model, textEncoder) }
        let file = try LoRAFile(inputs.string("lora_name"), in: context.services).adapter(in: context)
        var (contents, sides) = ([any TensorSource](), Set<AdapterFile.Side>())
        if strengths.model != 0 {
            contents.append(model.content)
            sides.insert(.model)
        }
        if strengths.text != 0 {
            contents += textEncoder.models.map(\.content)
            sides.insert(.text)
        }
        file.warnOfMisfits(with: contents, sides: sides, in: context)
        return .of(
            strengths.model == 0 ? model : model.patched(try LoRAPatch(file, strength: strengths.model)),
            strengths.text == 0 ? textEncoder : textEncoder.patched(try LoRAPatch(file, strength: strengths.text)))
    }
}

/// Applies a LoRA to a model alone.
struct LoraLoaderModelOnly: LoRANode {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let model = try inputs.model("model")
        let strength = try inputs.float("strength_model")
        if strength == 0 { return .of(model) }
        let file = try LoRAFile(inputs.string("lora_name"), in: context.services).adapter(in: context)
        file.warnOfMisfits(with: [model.content], sides: [.model], in: context)
        return .of(model.patched(try LoRAPatch(file, strength: strength)))
    }
}
