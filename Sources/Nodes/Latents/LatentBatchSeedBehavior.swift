internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Says whether the items of a batch start from noise of their own or all from the same.
struct LatentBatchSeedBehavior: Node {
    enum Behaviour: String, CaseIterable { case random, fixed }

    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let latent = try inputs.latent("samples")
        let behaviour = try inputs.choice("seed_behavior", of: Behaviour.self)
        return .of(behaviour == .fixed ? latent.withOneNoise() : latent.withFreshNoise())
    }
}
