/// OpenCLIP's spelling of a text or picture encoder, mapped to Hugging Face's, which the encoders are written in.
public enum OpenCLIPNames {
    /// Origins of the names below `text_model.` (and `text_projection.weight`).
    static func text(_ source: any TensorSource, prefix: String) -> [String: DerivedSource.Origin] {
        var origins: [String: DerivedSource.Origin] = [:]
        for name in source.directory.keys where name.utf8.starts(with: prefix.utf8) {
            let key = String(name.dropFirst(prefix.count))
            switch key {
            case "positional_embedding": origins["text_model.embeddings.position_embedding.weight"] = .same(name)
            case "token_embedding.weight": origins["text_model.embeddings.token_embedding.weight"] = .same(name)
            case "text_projection": origins["text_projection.weight"] = .transposed(name)
            case "text_projection.weight", "logit_scale": origins[key] = .same(name)
            default:
                if let rest = key.dropping("ln_final.") {
                    origins["text_model.final_layer_norm.\(rest)"] = .same(name)
                } else if let rest = key.dropping("transformer.resblocks.") {
                    block(rest, name, target: "text_model.encoder.layers.", into: &origins)
                }
            }
        }
        return origins
    }

    /// Origins of the names below `vision_model.` (and `visual_projection.weight`).
    static func vision(_ source: any TensorSource, prefix: String) -> [String: DerivedSource.Origin] {
        var origins: [String: DerivedSource.Origin] = [:]
        for name in source.directory.keys where name.utf8.starts(with: prefix.utf8) {
            let key = String(name.dropFirst(prefix.count))
            switch key {
            case "class_embedding": origins["vision_model.embeddings.class_embedding"] = .same(name)
            case "conv1.weight": origins["vision_model.embeddings.patch_embedding.weight"] = .same(name)
            case "positional_embedding": origins["vision_model.embeddings.position_embedding.weight"] = .same(name)
            case "proj": origins["visual_projection.weight"] = .transposed(name)
            default:
                // "pre_layrnorm" is how the reference spells it.
                if let rest = key.dropping("ln_pre.") {
                    origins["vision_model.pre_layrnorm.\(rest)"] = .same(name)
                } else if let rest = key.dropping("ln_post.") {
                    origins["vision_model.post_layernorm.\(rest)"] = .same(name)
                } else if let rest = key.dropping("transformer.resblocks.") {
                    block(rest, name, target: "vision_model.encoder.layers.", into: &origins)
                }
            }
        }
        return origins
    }

    /// Origins of the names of a T2I style adapter: its layers are blocks like those above.
    static func style(_ source: any TensorSource) -> [String: DerivedSource.Origin] {
        var origins: [String: DerivedSource.Origin] = [:]
        for name in source.directory.keys {
            let layer = self.layer(name)
            if !layer.isEmpty {
                origins.merge(layer) { first, _ in first }
            } else if name == "proj" {
                origins["projection.weight"] = .transposed(name)
            } else {
                origins[name] = .same(name)
            }
        }
        return origins
    }

    /// Origins, below `layers.`, that a tensor of the small transformers of T2I style adapters and of ControlNets of many kinds stands
    /// for; none for other tensors.
    public static func layer(_ name: String) -> [String: DerivedSource.Origin] {
        var origins: [String: DerivedSource.Origin] = [:]
        // "layes" is how the published files spell it.
        if let rest = name.dropping("transformer_layes.") {
            block(rest.replacing(".attn.in_proj.", with: ".attn.in_proj_"), name, target: "layers.", into: &origins)
        }
        return origins
    }

    /// Parts of a block that only bear another name: OpenCLIP's and Hugging Face's.
    static let blockParts = [
        ("ln_1.", "layer_norm1."), ("ln_2.", "layer_norm2."), ("mlp.c_fc.", "mlp.fc1."), ("mlp.c_proj.", "mlp.fc2."),
        ("attn.out_proj.", "self_attn.out_proj."),
    ]
    /// Queries, keys and values, in the order in which OpenCLIP joins them.
    static let attentionParts = ["q", "k", "v"]

    /// One tensor of a transformer block; the joined q, k, v weights become three.
    private static func block(
        _ key: String, _ name: String, target: String, into origins: inout [String: DerivedSource.Origin]
    ) {
        guard let dot = key.firstIndex(of: ".") else { return }
        let layer = target + key[..<dot] + "."
        let part = String(key[key.index(after: dot)...])
        for (theirs, ours) in blockParts {
            if let rest = part.dropping(theirs) { origins[layer + ours + rest] = .same(name) }
        }
        if let rest = part.dropping("attn.in_proj_"), rest == "weight" || rest == "bias" {
            for (position, letter) in attentionParts.enumerated() {
                origins["\(layer)self_attn.\(letter)_proj.\(rest)"] = .rows(name, part: position, of: attentionParts.count)
            }
        }
    }
}

extension String {
    /// The rest after a beginning, `nil` if it begins otherwise.
    func dropping(_ beginning: String) -> String? {
        utf8.starts(with: beginning.utf8) ? String(utf8.dropFirst(beginning.utf8.count)) : nil
    }
}
