internal import Checkpoints
internal import Diffusion
internal import WorkflowEngine

/// Applies a hypernetwork to the keys and values of a model's attention.
struct HypernetworkLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let model = try inputs.model("model")
        let name = try inputs.string("hypernetwork_name")
        let file = try TorchFile(path: context.path(of: name, kind: "hypernetworks"))
        guard let patch = try HypernetworkPatch(file, strength: inputs.float("strength")) else {
            context.warn("\(name) has no effect: its activation \"\(file.values["activation_func"] ?? "")\" is unknown")
            return .of(model)
        }
        return .of(model.patched(patch))
    }
}
