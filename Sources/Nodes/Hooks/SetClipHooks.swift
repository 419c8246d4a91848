internal import Checkpoints
internal import Diffusion
internal import WorkflowEngine

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
        let contents = encoder.models.map(\.content)
        for hook in hooks.hooks where hook.textStrength != 0 {
            if let lora = hook.change as? LoRAChange, lora.file.touches(.text) {
                lora.file.warnOfMisfits(with: contents, sides: [.text], in: context)
            }
            encoder = encoder.patched(try hook.change.patch(strength: hook.textStrength, for: .textEncoder))
        }
        if try inputs.boolean("apply_to_conds") { encoder.conditioningHooks = hooks }
        return .of(encoder)
    }
}
