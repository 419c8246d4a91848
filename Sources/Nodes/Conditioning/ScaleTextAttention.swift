internal import Diffusion
internal import WorkflowEngine

/// Scales the attention weights of a text encoder.
struct CLIPAttentionMultiply: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let factors = try [("q", "q_proj"), ("k", "k_proj"), ("v", "v_proj"), ("out", "out_proj")].map { input, layer in
            ScaledLayers.Factor(pathPart: "self_attn.\(layer)", factor: try inputs.float(input))
        }
        return .of(try inputs.textEncoder("clip").patched(ScaledLayers(factors)))
    }
}
