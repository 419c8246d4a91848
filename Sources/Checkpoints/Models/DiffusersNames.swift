/// Diffusers' spelling of U-Nets and VAEs, mapped to the original one, which the networks are written in.
///
/// Source: the layout of diffusers' `UNet2DConditionModel` and `AutoencoderKL`.
public enum DiffusersNames {
    private static let residual = [
        ("norm1.", "in_layers.0."), ("conv1.", "in_layers.2."), ("time_emb_proj.", "emb_layers.1."), ("norm2.", "out_layers.0."),
        ("conv2.", "out_layers.3."), ("conv_shortcut.", "skip_connection."),
    ]

    /// Whether names are those of a diffusers U-Net.
    public static func isUNet(_ names: some Collection<String>) -> Bool { names.contains("conv_in.weight") }

    /// Original name of a U-Net tensor, `nil` for one that a U-Net doesn't have.
    ///
    /// Works on names of weights as well as on those of modules with a dot at the end.
    ///
    /// - Parameter residualsPerLevel: residual blocks of each level of the down side (SD: 2).
    public static func unet(_ name: String, residualsPerLevel r: Int, hasAttention: (_ upLevel: Int) -> Bool) -> String? {
        for (theirs, ours) in [
            ("conv_in.", "input_blocks.0.0."), ("conv_norm_out.", "out.0."), ("conv_out.", "out.2."),
            ("time_embedding.linear_1.", "time_embed.0."), ("time_embedding.linear_2.", "time_embed.2."),
            ("add_embedding.linear_1.", "label_emb.0.0."), ("add_embedding.linear_2.", "label_emb.0.2."),
            ("class_embedding.linear_1.", "label_emb.0.0."), ("class_embedding.linear_2.", "label_emb.0.2."),
            ("class_embedding.weight", "label_emb.weight"),
            ("mid_block.attentions.0.", "middle_block.1."),
        ] {
            if let rest = name.dropping(theirs) { return ours + rest }
        }
        if let rest = name.dropping("mid_block.resnets."), let (block, inner) = numbered(rest), let part = inResidual(inner) {
            return "middle_block.\(block == 0 ? 0 : 2).\(part)"
        }
        if let rest = name.dropping("down_blocks."), let (level, inner) = numbered(rest) {
            if let rest = inner.dropping("resnets."), let (i, inner) = numbered(rest), let part = inResidual(inner) {
                return "input_blocks.\(1 + (r + 1) * level + i).0.\(part)"
            }
            if let rest = inner.dropping("attentions."), let (i, inner) = numbered(rest) {
                return "input_blocks.\(1 + (r + 1) * level + i).1.\(inner)"
            }
            if let rest = inner.dropping("downsamplers.0.conv.") {
                return "input_blocks.\(1 + (r + 1) * level + r).0.op.\(rest)"
            }
        }
        if let rest = name.dropping("up_blocks."), let (level, inner) = numbered(rest) {
            if let rest = inner.dropping("resnets."), let (i, inner) = numbered(rest), let part = inResidual(inner) {
                return "output_blocks.\((r + 1) * level + i).0.\(part)"
            }
            if let rest = inner.dropping("attentions."), let (i, inner) = numbered(rest) {
                return "output_blocks.\((r + 1) * level + i).1.\(inner)"
            }
            if let rest = inner.dropping("upsamplers.0.conv.") {
                return "output_blocks.\((r + 1) * level + r).\(hasAttention(level) ? 2 : 1).conv.\(rest)"
            }
        }
        return nil
    }

    /// A diffusers U-Net under original names.
    public static func unet(_ source: any TensorSource) -> DerivedSource {
        let names = source.directory.keys
        let residuals = (0...).prefix { number in names.contains("down_blocks.0.resnets.\(number).conv1.weight") }.count
        let attentive = Set((0..<8).filter { names.contains("up_blocks.\($0).attentions.0.norm.weight") })
        var origins: [String: DerivedSource.Origin] = [:]
        for name in names {
            if let original = unet(name, residualsPerLevel: residuals, hasAttention: attentive.contains) {
                origins[original] = .same(name)
            }
        }
        return DerivedSource(source, label: "diffusers unet", origins: origins)
    }

    /// Whether names are those of a diffusers VAE.
    public static func isVAE(_ names: some Collection<String>) -> Bool {
        names.contains("decoder.up_blocks.0.resnets.0.norm1.weight")
            || names.contains("encoder.down_blocks.0.resnets.0.norm1.weight")
    }

    /// A diffusers VAE under original names.
    public static func vae(_ source: any TensorSource) -> DerivedSource {
        var origins: [String: DerivedSource.Origin] = [:]
        let directory = source.directory
        var levels = 0
        while directory["decoder.up_blocks.\(levels).resnets.0.norm1.weight"] != nil { levels += 1 }
        for (name, info) in directory {
            guard let original = vae(name, levels: max(levels, 1)) else { continue }
            let isMatrix = info.shape.count == 2 && original.hasSuffix(".weight")
            origins[original] = isMatrix && original.contains(".attn_1.") ? .reshaped(name, info.shape + [1, 1]) : .same(name)
        }
        return DerivedSource(source, label: "diffusers vae", origins: origins)
    }

    private static func vae(_ name: String, levels: Int) -> String? {
        for half in ["encoder.", "decoder."] {
            guard let rest = name.dropping(half) else { continue }
            if let rest = rest.dropping("conv_norm_out.") { return half + "norm_out." + rest }
            if rest.hasPrefix("conv_in.") || rest.hasPrefix("conv_out.") { return name }
            if let rest = rest.dropping("mid_block.resnets."), let (number, inner) = numbered(rest) {
                return half + "mid.block_\(number + 1)." + shortcut(inner)
            }
            if let rest = rest.dropping("mid_block.attentions.0.") { return vaeAttention(rest).map { half + "mid.attn_1." + $0 } }
            for (theirs, ours) in [("down_blocks.", "down."), ("up_blocks.", "up.")] {
                guard let rest = rest.dropping(theirs), let (number, inner) = numbered(rest) else { continue }
                let level = ours == "up." ? levels - 1 - number : number
                guard level >= 0 else { return nil }
                if let rest = inner.dropping("resnets."), let (block, inner) = numbered(rest) {
                    return "\(half)\(ours)\(level).block.\(block).\(shortcut(inner))"
                }
                if let rest = inner.dropping("downsamplers.0.") { return "\(half)\(ours)\(level).downsample.\(rest)" }
                if let rest = inner.dropping("upsamplers.0.") { return "\(half)\(ours)\(level).upsample.\(rest)" }
            }
        }
        return name.hasPrefix("quant_conv.") || name.hasPrefix("post_quant_conv.") ? name : nil
    }

    private static func shortcut(_ name: String) -> String { name.dropping("conv_shortcut.").map { "nin_shortcut." + $0 } ?? name }

    private static func vaeAttention(_ name: String) -> String? {
        for (theirs, ours) in [
            ("group_norm.", "norm."), ("to_q.", "q."), ("query.", "q."), ("to_k.", "k."), ("key.", "k."), ("to_v.", "v."),
            ("value.", "v."), ("to_out.0.", "proj_out."), ("proj_attn.", "proj_out."),
        ] {
            if let rest = name.dropping(theirs) { return ours + rest }
        }
        return nil
    }

    private static func inResidual(_ name: String) -> String? {
        for (theirs, ours) in residual {
            if let rest = name.dropping(theirs) { return ours + rest }
        }
        return nil
    }

    /// `3.conv1.weight` to `(3, "conv1.weight")`. Numbers beyond any network's are refused.
    static func numbered(_ name: String) -> (Int, String)? {
        guard let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")), let number = Int(name[..<dot]), (0..<1000).contains(number)
        else { return nil }
        return (number, String(name[name.index(after: dot)...]))
    }
}
