internal import Checkpoints
internal import Diffusion
internal import WorkflowEngine

/// Applies a hypernetwork to the keys and values of a model's attention.
struct HypernetworkLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let model = try inputs.model("model")
        let name = try inputs.string("hypernetwork_name")
        let path = try context.path(of: name, kind: "hypernetworks")
        guard let file = try CheckpointFile.open(path) as? TorchFile else {
            throw CheckpointError(
                .unknownFamily, file: path, reason: "a hypernetwork comes as a PyTorch file, this is none",
                hint: "hypernetworks are .pt files; a LoRA goes into LoraLoader")
        }
        guard let patch = try HypernetworkPatch(file, strength: inputs.float("strength")) else {
            context.warn("\(name) has no effect: its activation \"\(file.values["activation_func"] ?? "")\" is unknown")
            return .of(model)
        }
        let foreign = patch.widthsWithoutPlace(in: model)
        if !foreign.isEmpty {
            context.warn(
                "\(patch.widths.count - foreign.count) of \(patch.widths.count) pairs of networks of \(name) fit this model; left out are those of "
                    + "width \(foreign.map(String.init).joined(separator: ", ")), which no attention of it has")
        }
        return .of(model.patched(patch))
    }
}
