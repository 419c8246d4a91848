public import Checkpoints
public import Networks
internal import Tensors

// The parameters of networks that a workflow may change before they compute. Nothing of them is read; all throw `NetworkError` when
// no network can be assembled from the tensors there are.

extension Model {
    /// The parameters of the denoising network, weight patches applied.
    public func parameters() throws -> ParameterTree {
        try ParameterTree { load in _ = try network(load(try patchedContent())) }
    }
}

extension TextEncoder {
    /// The parameters of all text models, each below its key: `clip_l.text_model…`.
    public func parameters() throws -> ParameterTree {
        ParameterTree(try zip(models, patchedContents()).flatMap { part, content in try part.parameters(in: content).parameters })
    }
}

extension TextEncoder.Part {
    /// The parameters of one text model, below its key.
    ///
    /// - Parameter content: its own, or that with patches on top.
    public func parameters(in content: any TensorSource) throws -> ParameterTree {
        try ParameterTree { load in _ = try CLIPTextModel(configuration, loader: load(content).part(configuration.key)) }
    }
}

extension ControlNet {
    /// The parameters of a ControlNet or adapter; those of a control-LoRA are those of the changed half of the model.
    ///
    /// - Parameter model: the model that is sampled; control-LoRAs are a change to it.
    public func parameters(of model: Model? = nil) throws -> ParameterTree {
        try ParameterTree { load in _ = try network(model: model, load) }
    }
}
