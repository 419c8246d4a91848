// Nodes: CLIPAttentionMultiply, UNetSelfAttentionMultiply, UNetCrossAttentionMultiply

internal import Diffusion
internal import WorkflowEngine

/// Scales the attention weights of a text encoder.
struct CLIPAttentionMultiply: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let patch = try inputs.scaledAttention("self_attn", layers: ["q_proj", "k_proj", "v_proj", "out_proj"])
        return .of(try inputs.textEncoder("clip").patched(patch))
    }
}

/// Scales the self-attention weights of a U-Net.
struct UNetSelfAttentionMultiply: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let patch = try inputs.scaledAttention("attn1", layers: ["to_q", "to_k", "to_v", "to_out.0"])
        return .of(try inputs.model("model").patched(patch))
    }
}

/// Scales the cross-attention weights of a U-Net.
struct UNetCrossAttentionMultiply: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let patch = try inputs.scaledAttention("attn2", layers: ["to_q", "to_k", "to_v", "to_out.0"])
        return .of(try inputs.model("model").patched(patch))
    }
}

extension NodeInputs {
    /// The factors q, k, v and out on the projections of one kind of attention, weights and biases.
    ///
    /// - Parameter layers: the projections' names, in that order.
    fileprivate func scaledAttention(_ attention: String, layers: [String]) throws -> ScaledLayers {
        ScaledLayers(
            try zip(["q", "k", "v", "out"], layers).map { input, layer in
                ScaledLayers.Factor(pathPart: "\(attention).\(layer)", factor: try float(input))
            })
    }
}
