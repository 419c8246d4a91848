internal import Checkpoints
internal import Digests
internal import Formats
internal import Tensors

/// What PEFT writes beside an adapter (`adapter_config.json`): with which factor its layers were trained.
///
/// The factor of a layer is `lora_alpha / rank`, or `lora_alpha / √rank`; patterns name layers with an alpha of their own. Files of other
/// trainers have an alpha as a tensor beside each layer. Source: huggingface/peft, `LoraConfig` and `get_pattern_key`.
public struct PEFTConfiguration: Sendable, Hashable {
    /// What PEFT calls the file, and the adapter that it belongs to.
    public static let fileName = "adapter_config.json"
    public static let adapterStem = "adapter_model"
    /// Under which diffusers writes the same into a file's metadata.
    public static let metadataKey = "lora_adapter_metadata"

    private var alpha: Float
    private var patterns: [String: Float]
    private var isRankStabilised: Bool

    /// - Parameter json: what the file holds. Diffusers writes the same fields into the file's own metadata, each behind the name of the
    ///   part (`unet.lora_alpha`).
    /// - Returns: `nil` when it says nothing of an alpha.
    public init?(json: [UInt8]) {
        guard let entries = JSONReader.read(json).tree?.entries else { return nil }
        var alpha: Double?
        (patterns, isRankStabilised) = ([:], false)
        // Sorted: the U-Net's own come last, behind a text encoder's.
        for entry in entries.sorted(by: { $0.key < $1.key }) {
            switch entry.key.split(separator: ".").last {
            case "lora_alpha": alpha = entry.value.double
            case "alpha_pattern": patterns = Self.patterns(entry.value) ?? [:]
            case "use_rslora": isRankStabilised = entry.value.boolean ?? false
            default: continue
            }
        }
        guard let alpha else { return nil }
        self.alpha = Float(alpha)
    }

    /// `nil` when one of them isn't a number.
    private static func patterns(_ tree: SourceTree) -> [String: Float]? {
        guard let entries = tree.entries else { return nil }
        var patterns: [String: Float] = [:]
        for entry in entries {
            guard let alpha = entry.value.double else { return nil }
            patterns[entry.key] = Float(alpha)
        }
        return patterns
    }

    /// The alpha that, divided by the rank, is the factor of a layer.
    ///
    /// - Parameter module: its path in the network that was trained.
    fileprivate func alpha(of module: String, rank: Int) -> Float {
        let own = patterns.sorted { $0.key < $1.key }.first { pattern, _ in
            guard let regex = try? Regex("(.*\\.)?(\(pattern))") else { return false }
            return (try? regex.wholeMatch(in: module)) != nil
        }
        let alpha = own?.value ?? alpha
        return isRankStabilised ? alpha * Float(rank).squareRoot() : alpha
    }
}

extension AdapterFile {
    /// Whether its names bear the wrapper that PEFT itself leaves there.
    public var isSavedByPEFT: Bool { source.directory.keys.contains { PEFTNames.withoutWrapper($0) != $0 } }

    /// The factors that a configuration gives to layers that have none of their own, and that aren't 1; each once, sorted.
    public func factors(by configuration: PEFTConfiguration) -> [Float] {
        Set(alphas(by: configuration).map { $0.alpha / Float($0.rank) }).filter { $0 != 1 }.sorted()
    }

    /// The same file with an alpha for each layer that has none, as a configuration says.
    public func scaled(by configuration: PEFTConfiguration) -> AdapterFile {
        let alphas = alphas(by: configuration)
        guard !alphas.isEmpty else { return self }
        var origins: [String: DerivedSource.Origin] = [:]
        for name in source.directory.keys { origins[name] = .same(name) }
        var digest = DigestBuilder()
        for (module, alpha, _) in alphas {
            origins[module + ".alpha"] = .constant(alpha)
            digest.add(module)
            digest.add(alpha)
        }
        return AdapterFile(DerivedSource(source, label: "peft \(digest.finish())", origins: origins))
    }

    private func alphas(by configuration: PEFTConfiguration) -> [(module: String, alpha: Float, rank: Int)] {
        modules.sorted { $0.key < $1.key }.compactMap { name, module in
            guard !module.has(.alpha), module.has(.up), let rank = module.matrixShape(.down)?.rows else { return nil }
            let path = ["unet.", "text_encoder.", "text_encoder_2.", "transformer.", "diffusion_model."].first(where: name.hasPrefix)
                .map { String(name.dropFirst($0.count)) }
            return (name, configuration.alpha(of: path ?? name, rank: rank), rank)
        }
    }
}
