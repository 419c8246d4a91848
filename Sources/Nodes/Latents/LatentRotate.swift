internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Turns a latent by quarter turns.
struct LatentRotate: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let rotation = try inputs.choice("rotation", of: Rotation.self)
        return .of(try inputs.latent("samples").turned(quarters: rotation.quarters))
    }
}
