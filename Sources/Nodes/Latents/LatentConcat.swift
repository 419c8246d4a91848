// Nodes: LatentConcat, LatentCut

internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Puts two latents beside or below each other.
struct LatentConcat: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let text = try inputs.string("dim")
        // A minus sign puts the second one first.
        let otherFirst = text.hasPrefix("-")
        guard let axis = Latent.Axis(rawValue: otherFirst ? String(text.dropFirst()) : text) else {
            throw NodeError(.badValue, input: "dim", "\"\(text)\" isn't one of x, -x, y, -y, t, -t")
        }
        return .of(
            try inputs.latent("samples1").joined(with: inputs.latent("samples2"), along: axis, otherFirst: otherFirst))
    }
}

/// Cuts rows or columns out of a latent, in latent cells.
struct LatentCut: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let axis = try inputs.choice("dim", of: Latent.Axis.self)
        return .of(
            try inputs.latent("samples").cut(along: axis, from: inputs.int("index"), amount: inputs.int("amount")))
    }
}
