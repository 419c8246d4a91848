internal import WorkflowEngine

/// Every node that can run, one line each, grouped as in the node menu.
enum NodeTable {
    static let all: [any Node.Type] = loaders + latents + images + masks + conditioning + utilities

    static let loaders: [any Node.Type] = [
        CheckpointLoaderSimple.self,
    ]

    static let latents: [any Node.Type] = [
        EmptyLatentImage.self,
        EmptySD3LatentImage.self,
        LatentFromBatch.self,
        LatentUpscale.self,
        LatentUpscaleBy.self,
        LoadLatent.self,
        RepeatLatentBatch.self,
        SaveLatent.self,
        SetLatentNoiseMask.self,
    ]

    static let images: [any Node.Type] = [
        EmptyImage.self,
        ImageBatch.self,
        ImageInvert.self,
        ImageScale.self,
        ImageScaleBy.self,
        ImageScaleToMaxDimension.self,
        ImageScaleToTotalPixels.self,
        LoadImage.self,
        LoadImageOutput.self,
        PreviewImage.self,
        SaveImage.self,
    ]

    static let masks: [any Node.Type] = [
        ImageToMask.self,
        InvertMask.self,
        LoadImageMask.self,
        MaskPreview.self,
        MaskToImage.self,
        SolidMask.self,
    ]

    static let conditioning: [any Node.Type] = [
        CLIPAttentionMultiply.self,
        CLIPLoader.self,
        CLIPSetLastLayer.self,
        CLIPTextEncode.self,
        ConditioningAverage.self,
        ConditioningCombine.self,
        ConditioningConcat.self,
        ConditioningSetArea.self,
        ConditioningSetAreaPercentage.self,
        ConditioningSetAreaStrength.self,
        ConditioningSetDefaultCombine.self,
        ConditioningSetMask.self,
        ConditioningSetProperties.self,
        ConditioningSetPropertiesAndCombine.self,
        ConditioningSetTimestepRange.self,
        ConditioningTimestepsRange.self,
        ConditioningZeroOut.self,
        ControlNetApply.self,
        ControlNetApplyAdvanced.self,
        ControlNetLoader.self,
        DiffControlNetLoader.self,
        DualCLIPLoader.self,
        PairConditioningCombine.self,
        PairConditioningSetDefaultCombine.self,
        PairConditioningSetProperties.self,
        PairConditioningSetPropertiesAndCombine.self,
    ]

    static let utilities: [any Node.Type] = [
        CaseConverter.self,
        PreviewAny.self,
        PrimitiveBoolean.self,
        PrimitiveFloat.self,
        PrimitiveInt.self,
        PrimitiveString.self,
        PrimitiveStringMultiline.self,
        RegexExtract.self,
        RegexMatch.self,
        RegexReplace.self,
        StringCompare.self,
        StringConcatenate.self,
        StringContains.self,
        StringLength.self,
        StringReplace.self,
        StringSubstring.self,
        StringTrim.self,
    ]

    /// By canonical class name.
    static let byType: [String: any Node.Type] = Dictionary(uniqueKeysWithValues: all.map { ($0.type, $0) })
}
