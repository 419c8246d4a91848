extension OpenCLIPNames {
    /// Where a text model in OpenCLIP's spelling has a tensor that is given by Hugging Face's name.
    public enum Place: Sendable, Hashable {
        case whole(String)
        /// A matrix with its two dimensions exchanged.
        case turned(String)
        /// Part `part` of `of` equal parts of a tensor, along its first dimension.
        case rows(String, part: Int, of: Int)
    }

    /// The place of a tensor; `nil` for one that OpenCLIP doesn't have.
    ///
    /// - Parameter name: `text_model.encoder.layers.0.self_attn.q_proj.weight`, `text_projection.weight`.
    public static func place(ofText name: String) -> Place? {
        switch name {
        case "text_model.embeddings.position_embedding.weight": return .whole("positional_embedding")
        case "text_model.embeddings.token_embedding.weight": return .whole("token_embedding.weight")
        case "text_projection.weight": return .turned("text_projection")
        case "logit_scale": return .whole(name)
        default: break
        }
        if let rest = name.dropping("text_model.final_layer_norm.") { return .whole("ln_final." + rest) }
        guard let rest = name.dropping("text_model.encoder.layers."), let (number, part) = DiffusersNames.numbered(rest) else { return nil }
        let block = "transformer.resblocks.\(number)."
        for (theirs, ours) in blockParts {
            if let rest = part.dropping(ours) { return .whole(block + theirs + rest) }
        }
        for (index, letter) in attentionParts.enumerated() {
            if let rest = part.dropping("self_attn.\(letter)_proj.") {
                return .rows(block + "attn.in_proj_" + rest, part: index, of: attentionParts.count)
            }
        }
        return nil
    }
}
