internal import Checkpoints
public import Networks
internal import Tensors

/// What of a file a network doesn't use, and what it lacks: both without effect on whether it computes, and nobody would see it.
public struct NetworkCensus: Sendable, Hashable {
    /// Tensors that no layer uses, sorted.
    public var unused: [String]
    /// Biases that a layer lacks though its like have one, sorted: the file is incomplete.
    public var lacking: [String]

    public var isClean: Bool { unused.isEmpty && lacking.isEmpty }

    /// - Parameters:
    ///   - tree: the parameters that the network was assembled from.
    ///   - directory: what there is.
    init(_ tree: ParameterTree, in directory: [String: TensorInfo]) {
        unused = tree.unused(in: directory).filter { name in !Self.harmless.contains { name.hasSuffix($0) || name.hasPrefix($0) } }
        // Layers of one kind are called alike but for their numbers.
        var layers: [String: (with: Int, without: [String])] = [:]
        for parameter in tree.parameters where parameter.name.hasSuffix(".weight") {
            let kind = String(parameter.layer.map { $0.isNumber ? "#" : $0 })
            if tree[parameter.layer + ".bias"] != nil {
                layers[kind, default: (0, [])].with += 1
            } else {
                layers[kind, default: (0, [])].without.append(parameter.layer + ".bias")
            }
        }
        lacking = layers.values.filter { $0.with > 0 }.flatMap(\.without).sorted()
    }

    /// What training and conversion leave in good files.
    private static let harmless = [
        "position_ids", "logit_scale", "text_projection", "text_projection.weight", "loss.", "model_ema.", "logvar", "vision_model.",
        "visual_projection.weight", "attn_mask", "visual.",
    ]
}

extension Model {
    /// What of the denoising network's file has no effect. Reads names and shapes only.
    ///
    /// - Returns: `nil` when no network can be assembled; who needs it says why.
    public func census() -> NetworkCensus? {
        (try? parameters()).map { NetworkCensus($0, in: content.directory) }
    }
}

extension TextEncoder {
    /// What of the text models' files has no effect, all together. Reads names and shapes only.
    public func census() -> NetworkCensus? {
        guard let tree = try? parameters() else { return nil }
        let directories = models.map(\.content.directory)
        return NetworkCensus(tree, in: directories.reduce(into: [:]) { $0.merge($1) { first, _ in first } })
    }
}

extension VAE {
    /// What of the autoencoder's file has no effect. Reads names and shapes only; one that has only half of an autoencoder has a census, too.
    public func census() -> NetworkCensus? {
        source.flatMap { source in (try? parameters()).map { NetworkCensus($0, in: source.directory) } }
    }
}

extension ControlNet {
    /// What of the file has no effect. Reads names and shapes only; a control-LoRA is judged when it meets its model.
    public func census() -> NetworkCensus? {
        let recorder = ParameterRecorder()
        let loader = LayerLoader(surveying: content, recorder: recorder)
        switch kind {
        case .controlNet: guard (try? ControlNetEncoder(loader: loader, hintKind: hintKind)) != nil else { return nil }
        case .adapter: guard (try? HintAdapter(loader: loader)) != nil else { return nil }
        case .controlLoRA: return nil
        }
        return NetworkCensus(recorder.tree, in: content.directory)
    }
}
