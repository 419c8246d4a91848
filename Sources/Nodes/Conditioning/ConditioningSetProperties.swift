// Nodes: ConditioningSetProperties, ConditioningSetPropertiesAndCombine, PairConditioningSetProperties,
// PairConditioningSetPropertiesAndCombine

internal import Diffusion
internal import WorkflowEngine

/// Gives conditioning a mask, a strength, a part of the run and hooks.
struct ConditioningSetProperties: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.conditioning("cond_NEW").withProperties(of: inputs))
    }
}

/// Gives new conditioning its properties and adds it to another.
struct ConditioningSetPropertiesAndCombine: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let added = try inputs.conditioning("cond_NEW").withProperties(of: inputs)
        return .of(Conditioning(try inputs.conditioning("cond").entries + added.entries))
    }
}

/// Gives a positive and a negative their mask, strength, part of the run and hooks.
struct PairConditioningSetProperties: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(
            try inputs.conditioning("positive_NEW").withProperties(of: inputs),
            try inputs.conditioning("negative_NEW").withProperties(of: inputs))
    }
}

/// Gives a new pair its properties and adds it to another pair.
struct PairConditioningSetPropertiesAndCombine: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let sides = try ["positive", "negative"].map { side in
            let added = try inputs.conditioning(side + "_NEW").withProperties(of: inputs)
            return Conditioning(try inputs.conditioning(side).entries + added.entries)
        }
        return .of(sides[0], sides[1])
    }
}

extension Conditioning {
    /// With the mask, its strength, the part of the run and the hooks that a node's inputs give.
    fileprivate func withProperties(of inputs: NodeInputs) throws -> Conditioning {
        let range = try inputs.optional("timesteps", as: ScheduleRange.self)
        let hooks = try inputs.hooks("hooks")
        return try masked(by: inputs).changed {
            $0.timestepRange = range ?? $0.timestepRange
            $0.hooks = $0.hooks.adding(hooks)
        }
    }
}
