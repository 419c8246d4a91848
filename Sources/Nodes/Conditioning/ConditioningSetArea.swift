// Nodes: ConditioningSetArea, ConditioningSetAreaPercentage, ConditioningSetAreaStrength

internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Limits conditioning to a rectangle given in pixels.
struct ConditioningSetArea: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let area = Conditioning.Area.cells(
            height: try inputs.cells("height", context), width: try inputs.cells("width", context), y: try inputs.cells("y", context),
            x: try inputs.cells("x", context))
        let strength = try inputs.float("strength")
        return .of(try inputs.conditioning("conditioning").limited(to: area, strength: strength))
    }
}

/// Limits conditioning to a rectangle given as fractions of the picture.
struct ConditioningSetAreaPercentage: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let area = Conditioning.Area.shares(
            height: try inputs.double("height"), width: try inputs.double("width"), y: try inputs.double("y"),
            x: try inputs.double("x"))
        let strength = try inputs.float("strength")
        return .of(try inputs.conditioning("conditioning").limited(to: area, strength: strength))
    }
}

/// Changes how much an area counts where areas overlap.
struct ConditioningSetAreaStrength: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let strength = try inputs.float("strength")
        return .of(try inputs.conditioning("conditioning").changed { $0.strength = strength })
    }
}

extension Conditioning {
    /// The same with a change to every entry.
    func changed(_ change: (inout Entry) -> Void) -> Conditioning {
        var copy = self
        for index in copy.entries.indices { change(&copy.entries[index]) }
        return copy
    }

    fileprivate func limited(to area: Area, strength: Float) -> Conditioning {
        changed {
            $0.area = area
            $0.strength = strength
            $0.maskSetsArea = false
        }
    }

    /// Limited by the inputs `mask`, `strength` and `set_cond_area` of a node; without a mask unchanged.
    func masked(by inputs: NodeInputs) throws -> Conditioning {
        guard let mask = try inputs.optionalMask("mask") else { return self }
        let strength = try inputs.float("strength")
        let setsArea = try inputs.choice("set_cond_area") != "default"
        return changed {
            $0.mask = mask.values
            $0.maskStrength = strength
            $0.maskSetsArea = setsArea
        }
    }
}
