public import Digests
public import Diffusion
public import WorkflowEngine

extension ConditioningHooks: WorkflowValue {
    public var typeName: String { "HOOKS" }
    public var byteCount: Int { 0 }
}

extension HookKeyframes: WorkflowValue {
    public var typeName: String { "HOOK_KEYFRAMES" }
    public var byteCount: Int { keyframes.count * MemoryLayout<Keyframe>.stride }
}

extension NodeInputs {
    /// Hooks, or none when nothing came.
    func hooks(_ name: String) throws -> ConditioningHooks {
        try optional(name, as: ConditioningHooks.self) ?? ConditioningHooks()
    }
}
