internal import Diffusion
internal import WorkflowEngine

/// Adds a pair of positive and negative to another pair.
struct PairConditioningCombine: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let sides = try ["positive", "negative"].map { side in
            Conditioning(try inputs.conditioning(side + "_A").entries + inputs.conditioning(side + "_B").entries)
        }
        return .of(sides[0], sides[1])
    }
}
