// Nodes: RandomNoise, DisableNoise

internal import Diffusion
internal import Tensors
internal import WorkflowEngine

/// Noise from a seed.
struct RandomNoise: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        .of(StartNoise.random(seed: try inputs.unsigned("noise_seed")))
    }
}

/// No noise: for latents that bring their own.
struct DisableNoise: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs { .of(StartNoise.none) }
}
