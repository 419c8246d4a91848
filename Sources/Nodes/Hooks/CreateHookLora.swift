// Nodes: CreateHookLora, CreateHookLoraModelOnly, CreateHookModelAsLora, CreateHookModelAsLoraModelOnly

internal import Checkpoints
internal import Diffusion
internal import WorkflowEngine

/// Makes a LoRA for model and text encoder that only some conditioning uses.
struct CreateHookLora: LoRANode {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.withHook(textStrength: inputs.float("strength_clip")) {
            LoRAChange(try LoRAFile(inputs.string("lora_name"), in: context.services).adapter(in: context))
        }
    }
}

/// Makes a LoRA for the model that only some conditioning uses.
struct CreateHookLoraModelOnly: LoRANode {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.withHook(textStrength: 0) {
            LoRAChange(try LoRAFile(inputs.string("lora_name"), in: context.services).adapter(in: context))
        }
    }
}

/// Makes a checkpoint's weights usable for only some conditioning.
struct CreateHookModelAsLora: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.withHook(textStrength: inputs.float("strength_clip")) { try inputs.checkpointChange(in: context) }
    }
}

/// Makes a checkpoint's model weights usable for only some conditioning.
struct CreateHookModelAsLoraModelOnly: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.withHook(textStrength: 0) { try inputs.checkpointChange(in: context) }
    }
}

extension NodeInputs {
    /// The earlier hooks and a new one; without strength the change isn't even made.
    fileprivate func withHook(textStrength: Float, _ change: () throws -> any ScalableChange) throws -> NodeOutputs {
        let earlier = try hooks("prev_hooks")
        let modelStrength = try float("strength_model")
        if modelStrength == 0, textStrength == 0 { return .of(earlier) }
        let hook = ConditioningHooks.Hook(try change(), modelStrength: modelStrength, textStrength: textStrength)
        return .of(earlier.adding(ConditioningHooks([hook])))
    }

    fileprivate func checkpointChange(in context: NodeContext) throws -> CheckpointChange {
        CheckpointChange(try Checkpoint(CheckpointFile.open(context.path(of: string("ckpt_name"), kind: "checkpoints"))))
    }
}
