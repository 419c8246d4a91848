internal import Diffusion
internal import Foundation
internal import WorkflowEngine

/// Gives hooks their strength over the run.
struct SetHookKeyframes: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let hooks = try inputs.hooks("hooks")
        guard let keyframes = try inputs.optional("hook_kf", as: HookKeyframes.self) else { return .of(hooks) }
        return .of(hooks.following(keyframes))
    }
}
