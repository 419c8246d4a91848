extension NodeTable {
    /// The nodes of this folder, a line each.
    static let masks: [any Node.Type] = [
        CropMask.self,
        FeatherMask.self,
        GrowMask.self,
        ImageColorToMask.self,
        ImageToMask.self,
        InvertMask.self,
        MaskComposite.self,
        MaskToImage.self,
        SolidMask.self,
        ThresholdMask.self,
    ]
}
