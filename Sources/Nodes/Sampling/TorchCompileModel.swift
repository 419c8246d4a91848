// Nodes: TorchCompileModel, ModelComputeDtype

internal import Diffusion
internal import WorkflowEngine

/// Passes the model through: there is nothing to compile here, and it never changed a result.
struct TorchCompileModel: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try inputs.model("model"))
    }
}

/// Passes the model through: everything is computed in float32.
struct ModelComputeDtype: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let type = try inputs.choice("dtype")
        if !["default", "fp32"].contains(type) { context.warn("computes in float32, not in \(type)") }
        return .of(try inputs.model("model"))
    }
}
