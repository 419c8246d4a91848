internal import Checkpoints
internal import Tensors

// The parameters of networks that compute as their file has them. Nothing of them is read; all throw `NetworkError` when
// no network can be assembled from the tensors there are.

extension VAE {
    /// The parameters of both halves, of one where the file has no more: `decoder.conv_in.weight`. Those of a small autoencoder, whose
    /// halves are files of their own, lie below `encoder` and `decoder`.
    public func parameters() throws -> ParameterTree {
        func tree(_ source: any TensorSource, _ network: (LayerLoader) throws -> VAENetwork) throws -> ParameterTree {
            try ParameterTree { load in for step in try network(load(source)).steps { _ = try step.load() } }
        }
        let operations = Operations()
        switch content {
        case .autoencoder(let source):
            func has(_ half: String) -> Bool { source.directory.keys.contains { $0.hasPrefix(half + ".") } }
            var parameters: [Parameter] = []
            if has("encoder") { parameters += try tree(source) { try .encoder($0, operations: operations) }.parameters }
            if has("decoder") || parameters.isEmpty {
                parameters += try tree(source) { try .decoder($0, operations: operations) }.parameters
            }
            return ParameterTree(parameters)
        case .tiny(let encoder, let decoder, _):
            return ParameterTree(
                try tree(encoder) { try .tiny($0, decodes: false, operations: operations) }.below("encoder")
                    + tree(decoder) { try .tiny($0, decodes: true, operations: operations) }.below("decoder"))
        }
    }
}

extension UpscaleModel {
    /// The parameters of the network that enlarges.
    public func parameters() throws -> ParameterTree {
        try ParameterTree { load in _ = try network(load(content)) }
    }
}

extension VisionEncoder {
    /// The parameters of the vision model.
    public func parameters() throws -> ParameterTree {
        try ParameterTree { load in _ = try CLIPVisionModel(loader: load(content)) }
    }
}

extension StyleModel {
    /// The parameters of the style adapter.
    public func parameters() throws -> ParameterTree {
        try ParameterTree { load in _ = try StyleAdapter(loader: load(content)) }
    }
}

extension PhotoMaker {
    /// The parameters of the vision model and of what mixes what it saw with a token.
    ///
    /// - Parameter width: of the texts that it is for.
    public func parameters(width: Int) throws -> ParameterTree {
        try ParameterTree { load in _ = try PhotoMakerNetwork(loader: load(content), width: width) }
    }
}

extension GroundingModel {
    /// The parameters of the network that places texts.
    public func parameters() throws -> ParameterTree {
        try ParameterTree { load in _ = try GroundingNetwork(loader: load(content)) }
    }
}
