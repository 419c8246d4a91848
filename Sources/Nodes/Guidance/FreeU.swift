// Nodes: FreeU, FreeU_V2

internal import Diffusion
internal import WorkflowEngine

// Nodes that step into the U-Net. What they do is in Diffusion/Patches.

/// FreeU.
struct FreeUNode: Node {
    static let type = "FreeU"
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(inputs.freeU(isVersion2: false))
    }
}

/// FreeU, the second version.
struct FreeU_V2: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        try inputs.patchedModel(inputs.freeU(isVersion2: true))
    }
}

extension NodeInputs {
    fileprivate func freeU(isVersion2: Bool) throws -> FreeU {
        FreeU(
            b1: try float("b1"), b2: try float("b2"), s1: try float("s1"), s2: try float("s2"), isVersion2: isVersion2)
    }
}
