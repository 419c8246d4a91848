extension NodeTable {
    /// The nodes of this folder, a line each.
    static let loaders: [any Node.Type] = [
        CheckpointLoader.self,
        CheckpointLoaderSimple.self,
        CLIPLoader.self,
        CLIPVisionLoader.self,
        ControlNetLoader.self,
        DiffControlNetLoader.self,
        DiffusersLoader.self,
        DualCLIPLoader.self,
        GLIGENLoader.self,
        HypernetworkLoader.self,
        LoraLoader.self,
        LoraLoaderModelOnly.self,
        PhotoMakerLoader.self,
        StyleModelLoader.self,
        unCLIPCheckpointLoader.self,
        UNETLoader.self,
        UpscaleModelLoader.self,
        VAELoader.self,
    ]
}
