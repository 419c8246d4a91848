extension DiffusersNames {
    private static let residualInverse = [
        ("in_layers.0.", "norm1."), ("in_layers.2.", "conv1."), ("emb_layers.1.", "time_emb_proj."), ("out_layers.0.", "norm2."),
        ("out_layers.3.", "conv2."), ("skip_connection.", "conv_shortcut."),
    ]

    /// Diffusers' name of a U-Net tensor that is given by its original name; `nil` for one that diffusers doesn't have.
    ///
    /// - Parameters:
    ///   - name: `input_blocks.4.1.proj_in.weight`.
    ///   - residualsPerLevel: residual blocks of each level of the down side (SD: 2).
    ///   - isClassEmbedding: whether `label_emb` is called `class_embedding` (unCLIP) rather than `add_embedding` (SDXL).
    public static func name(ofOriginal name: String, residualsPerLevel r: Int, isClassEmbedding: Bool = false) -> String? {
        for (ours, theirs) in [
            ("input_blocks.0.0.", "conv_in."), ("out.0.", "conv_norm_out."), ("out.2.", "conv_out."),
            ("time_embed.0.", "time_embedding.linear_1."), ("time_embed.2.", "time_embedding.linear_2."),
            ("label_emb.0.0.", isClassEmbedding ? "class_embedding.linear_1." : "add_embedding.linear_1."),
            ("label_emb.0.2.", isClassEmbedding ? "class_embedding.linear_2." : "add_embedding.linear_2."),
            ("middle_block.1.", "mid_block.attentions.0."),
        ] {
            if let rest = name.dropping(ours) { return theirs + rest }
        }
        for (ours, theirs) in [("middle_block.0.", "mid_block.resnets.0."), ("middle_block.2.", "mid_block.resnets.1.")] {
            if let rest = name.dropping(ours) { return residualPart(rest).map { theirs + $0 } }
        }
        guard r > 0 else { return nil }
        if let rest = name.dropping("input_blocks."), let (block, inner) = numbered(rest), block > 0 {
            let (level, index) = (block - 1).quotientAndRemainder(dividingBy: r + 1)
            if index == r { return inner.dropping("0.op.").map { "down_blocks.\(level).downsamplers.0.conv.\($0)" } }
            if let rest = inner.dropping("0."), let part = residualPart(rest) { return "down_blocks.\(level).resnets.\(index).\(part)" }
            return inner.dropping("1.").map { "down_blocks.\(level).attentions.\(index).\($0)" }
        }
        if let rest = name.dropping("output_blocks."), let (block, inner) = numbered(rest) {
            let (level, index) = block.quotientAndRemainder(dividingBy: r + 1)
            if let rest = inner.dropping("1.conv.") ?? inner.dropping("2.conv.") {
                return "up_blocks.\(level).upsamplers.0.conv.\(rest)"
            }
            if let rest = inner.dropping("0."), let part = residualPart(rest) { return "up_blocks.\(level).resnets.\(index).\(part)" }
            return inner.dropping("1.").map { "up_blocks.\(level).attentions.\(index).\($0)" }
        }
        return nil
    }

    private static func residualPart(_ name: String) -> String? {
        for (ours, theirs) in residualInverse {
            if let rest = name.dropping(ours) { return theirs + rest }
        }
        return nil
    }
}
