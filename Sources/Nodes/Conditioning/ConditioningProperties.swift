internal import Diffusion
internal import WorkflowEngine

/// Gives parts of the run: one, what is before it, and what is after it.
struct ConditioningTimestepsRange: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let (start, end) = (try inputs.double("start_percent"), try inputs.double("end_percent"))
        return .of(
            ScheduleRange(start: start, end: end), ScheduleRange(start: 0, end: start), ScheduleRange(start: end, end: 1))
    }
}

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

/// Adds a pair of positive and negative to another pair.
struct PairConditioningCombine: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let sides = try ["positive", "negative"].map { side in
            Conditioning(try inputs.conditioning(side + "_A").entries + inputs.conditioning(side + "_B").entries)
        }
        return .of(sides[0], sides[1])
    }
}

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

extension Conditioning.Entry {
    fileprivate mutating func setDefault(with hooks: ConditioningHooks) {
        isDefault = true
        self.hooks = self.hooks.adding(hooks)
    }
}
