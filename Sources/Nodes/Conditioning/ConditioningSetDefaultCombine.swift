// Nodes: ConditioningSetDefaultCombine, PairConditioningSetDefaultCombine

internal import Diffusion
internal import WorkflowEngine

/// Adds conditioning for the places that no other covers.
struct ConditioningSetDefaultCombine: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let hooks = try inputs.hooks("hooks")
        let added = try inputs.conditioning("cond_DEFAULT").changed { $0.setDefault(with: hooks) }
        return .of(Conditioning(try inputs.conditioning("cond").entries + added.entries))
    }
}

/// Adds a pair for the places that no other covers.
struct PairConditioningSetDefaultCombine: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let hooks = try inputs.hooks("hooks")
        let sides = try ["positive", "negative"].map { side in
            let added = try inputs.conditioning(side + "_DEFAULT").changed { $0.setDefault(with: hooks) }
            return Conditioning(try inputs.conditioning(side).entries + added.entries)
        }
        return .of(sides[0], sides[1])
    }
}

extension Conditioning.Entry {
    fileprivate mutating func setDefault(with hooks: ConditioningHooks) {
        isDefault = true
        self.hooks = self.hooks.adding(hooks)
    }
}
