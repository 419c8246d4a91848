package import Checkpoints

/// Other layouts of ControlNets and adapters, mapped to the original names.
package enum ControlNetNames {
    /// A diffusers ControlNet: the U-Net's names, and those of what a ControlNet has beside it.
    package static func original(fromDiffusers source: any TensorSource) -> DerivedSource {
        let names = source.directory
        let residuals = (0...).prefix { names["down_blocks.0.resnets.\($0).conv1.weight"] != nil }.count
        let hints = (0...).prefix { names["controlnet_cond_embedding.blocks.\($0).weight"] != nil }.count
        var origins: [String: DerivedSource.Origin] = [:]
        for name in names.keys {
            let ours =
                controlPart(name, hints: hints)
                ?? DiffusersNames.unet(name, residualsPerLevel: residuals, hasAttention: { _ in false })
            if let ours { origins[ours] = .same(name) }
            origins.merge(OpenCLIPNames.layer(name)) { first, _ in first }
        }
        return DerivedSource(source, label: "diffusers control", origins: origins)
    }

    /// - Parameter hints: number of convolutions between the first and the last of the hint encoder.
    private static func controlPart(_ name: String, hints: Int) -> String? {
        /// What follows a prefix: a number, if one comes first, and the rest.
        func split(_ prefix: String) -> (number: Int, tail: Substring)? {
            guard name.hasPrefix(prefix) else { return nil }
            let rest = name.dropFirst(prefix.count)
            guard let dot = rest.firstIndex(of: "."), let number = Int(rest[..<dot]) else { return (0, rest) }
            return (number, rest[rest.index(after: dot)...])
        }
        // What a ControlNet of many kinds has beside others is spelled alike everywhere.
        if name == "task_embedding" || name.hasPrefix("spatial_ch_projs.") || name.hasPrefix("control_add_embedding.") { return name }
        if let part = split("controlnet_down_blocks.") { return "zero_convs.\(part.number).0.\(part.tail)" }
        if let part = split("controlnet_mid_block.") { return "middle_block_out.0.\(part.tail)" }
        if let part = split("controlnet_cond_embedding.conv_in.") { return "input_hint_block.0.\(part.tail)" }
        if let part = split("controlnet_cond_embedding.blocks.") {
            return "input_hint_block.\(2 * (part.number + 1)).\(part.tail)"
        }
        if let part = split("controlnet_cond_embedding.conv_out.") { return "input_hint_block.\(2 * (hints + 1)).\(part.tail)" }
        return nil
    }

    /// A T2I adapter under its own names, whether it has them or those of diffusers; `nil` if it is none.
    package static func adapter(_ source: any TensorSource) -> (any TensorSource)? {
        let names = source.directory
        if names["body.0.block1.weight"] != nil || names["body.0.body.0.block1.weight"] != nil { return source }
        let isLight = names["adapter.body.0.in_conv.weight"] != nil && names["adapter.body.0.out_conv.weight"] != nil
        var origins: [String: DerivedSource.Origin] = [:]
        for name in names.keys where name.hasPrefix("adapter.") {
            var path = name.split(separator: ".").dropFirst().map(String.init)
            if isLight {
                if path.count > 4, path[2] == "resnets" { path[2] = "body" }
            } else if path.count > 2, path[0] == "body", let level = Int(path[1]), (0..<64).contains(level) {
                // Diffusers has two residual blocks a level; what belongs to a level stands at its first block here.
                if path.count > 4, path[2] == "resnets", let block = Int(path[3]), (0..<2).contains(block) {
                    path.replaceSubrange(1...3, with: [String(2 * level + block)])
                } else {
                    path[1] = String(2 * level)
                }
            }
            origins[path.joined(separator: ".")] = .same(name)
        }
        guard origins["body.0.block1.weight"] != nil || origins["body.0.body.0.block1.weight"] != nil else { return nil }
        return DerivedSource(source, label: "diffusers adapter", origins: origins)
    }
}
