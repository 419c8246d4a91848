extension NodeTable {
    /// Nodes that merge, change and save models.
    static let models: [any Node.Type] = [
        CheckpointSave.self,
        CLIPAttentionMultiply.self,
        CLIPMergeAdd.self,
        CLIPMergeSimple.self,
        CLIPMergeSubtract.self,
        CLIPSave.self,
        LoraSave.self,
        ModelMergeAdd.self,
        ModelMergeBlocks.self,
        ModelMergeSD1.self,
        ModelMergeSD2.self,
        ModelMergeSDXL.self,
        ModelMergeSimple.self,
        ModelMergeSubtract.self,
        ModelSave.self,
        UNetCrossAttentionMultiply.self,
        UNetSelfAttentionMultiply.self,
        VAESave.self,
    ]
}
