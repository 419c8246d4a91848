internal import Checkpoints
internal import Networks
internal import Samplers
internal import Tensors

extension ControlNet {
    /// The network, ready to compute.
    ///
    /// - Parameters:
    ///   - model: the model that is sampled; control-LoRAs are a change to it.
    ///   - load: a loader of a source.
    func network(
        model: Model?, operations: Operations = Operations(), _ load: (any TensorSource) -> LayerLoader
    ) throws -> any ControlNetwork {
        switch kind {
        case .controlLoRA:
            guard let model else {
                throw NetworkError(
                    .wrongInput, in: content.displayName, reason: "a control-LoRA needs the model that it changes, there is none")
            }
            let whole = try ControlLoRASource(content, base: model.patchedContent())
            return try ControlNetEncoder(loader: load(whole), operations: operations)
        case .controlNet: return try ControlNetEncoder(loader: load(content), hintKind: hintKind, operations: operations)
        case .adapter: return try HintAdapter(loader: load(content), operations: operations)
        }
    }
}
