// Nodes: ControlNetLoader, DiffControlNetLoader

internal import Checkpoints
internal import Diffusion
internal import Pictures
internal import WorkflowEngine

/// Loads a ControlNet or a T2I-Adapter; which one is read off its tensors.
struct ControlNetLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try loadControlNet(inputs, in: context, base: nil))
    }
}

/// Loads a ControlNet that was stored as the difference from a model.
struct DiffControlNetLoader: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(try loadControlNet(inputs, in: context, base: try inputs.value("model", as: Model.self)))
    }
}

private func loadControlNet(_ inputs: NodeInputs, in context: NodeContext, base: Model?) throws -> ControlNet {
    let name = try inputs.string("control_net_name")
    let source = try CheckpointFile.open(try context.path(of: name, kind: "controlnet"))
    let control = try ControlNet(detecting: source, fileName: name, base: try base?.patchedContent())
    control.census()?.warn(of: control.kind == .adapter ? "T2I adapter" : "ControlNet", in: source.displayName, context)
    return control
}
