internal import Checkpoints
internal import Diffusion
internal import WorkflowEngine

/// Makes a LoRA for model and text encoder that only some conditioning uses.
struct CreateHookLora: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.withHook(textStrength: inputs.float("strength_clip")) {
            LoRAChange(try AdapterFile.open(inputs.string("lora_name"), in: context))
        }
    }
}

/// Makes a LoRA for the model that only some conditioning uses.
struct CreateHookLoraModelOnly: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.withHook(textStrength: 0) {
            LoRAChange(try AdapterFile.open(inputs.string("lora_name"), in: context))
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

/// Puts sets of hooks together. The sockets are called `hooks_A`, `hooks_B` and so on.
private func combined(_ inputs: NodeInputs, count: Int) throws -> NodeOutputs {
    let sets = try "ABCDEFGH".prefix(count).map { try inputs.hooks("hooks_\($0)") }
    return .of(sets.reduce(ConditioningHooks()) { $0.adding($1) })
}

/// Puts two sets of hooks together.
struct CombineHooks2: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { try combined(inputs, count: 2) }
}

/// Puts up to four sets of hooks together.
struct CombineHooks4: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { try combined(inputs, count: 4) }
}

/// Puts up to eight sets of hooks together.
struct CombineHooks8: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { try combined(inputs, count: 8) }
}

/// Encodes texts with hooks applied to the text encoder.
struct SetClipHooks: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var encoder = try inputs.textEncoder("clip")
        let hooks = try inputs.hooks("hooks")
        if try inputs.boolean("schedule_clip"), hooks.hooks.contains(where: { !$0.keyframes.keyframes.isEmpty }) {
            throw NodeError(
                .unsupported, input: "schedule_clip", "texts that change with the hooks' keyframes aren't supported",
                hint: "switch schedule_clip off: the model's weights follow the keyframes all the same")
        }
        for hook in hooks.hooks where hook.textStrength != 0 {
            encoder = encoder.patched(try hook.change.patch(strength: hook.textStrength, for: .textEncoder))
        }
        if try inputs.boolean("apply_to_conds") { encoder.conditioningHooks = hooks }
        return .of(encoder)
    }
}
