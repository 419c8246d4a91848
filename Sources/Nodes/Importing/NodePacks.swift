/// Packs of nodes that people install into ComfyUI and that saved files often need: which pack a type comes from, for messages.
enum NodePacks {
    /// The pack that a type comes from, and what to do without it; `nil` for types nobody here has heard of.
    static func hint(for type: String) -> String? {
        for (pack, advice, types) in table where types.contains(type) { return text(pack, advice) }
        for (prefix, pack, advice) in families where type.hasPrefix(prefix) { return text(pack, advice) }
        for (suffix, pack) in suffixes where type.hasSuffix(suffix) { return text(pack, nil) }
        return nil
    }

    private static func text(_ pack: String, _ advice: String?) -> String {
        "it comes from the node pack \(pack), which Darkroom doesn't have" + (advice.map { "; \($0)" } ?? "")
    }

    private static let suffixes = [(" (rgthree)", "rgthree-comfy"), ("|pysssss", "ComfyUI-Custom-Scripts"), (" [Crystools]", "Crystools")]

    private static let families: [(prefix: String, pack: String, advice: String?)] = [
        ("Impact", "Impact Pack", nil), ("ADE_", "AnimateDiff-Evolved", "it makes videos"),
        ("VHS_", "VideoHelperSuite", "it is for videos"),
        ("IPAdapter", "IPAdapter_plus", "it steers by a reference picture"), ("InstantID", "InstantID", nil),
        ("BNK_", "BlenderNeko's nodes", nil),
        ("CR ", "Comfyroll", nil), ("easy ", "Easy-Use", nil), ("ttN ", "tinyterraNodes", nil), ("LayerUtility: ", "LayerStyle", nil),
        ("LayerMask: ", "LayerStyle", nil), ("INPAINT_", "comfyui-inpaint-nodes", "VAEEncodeForInpaint or InpaintModelConditioning may do"),
        ("ACN_", "Advanced-ControlNet", "ControlNetApplyAdvanced does without masks and schedules"),
        ("BiRefNet", "a background removal pack", nil),
        ("InpaintCrop", "Inpaint-CropAndStitch", nil), ("InpaintStitch", "Inpaint-CropAndStitch", nil),
    ]

    private static let table: [(pack: String, advice: String?, types: Set<String>)] = [
        (
            "Easy-Use", "its loop ends when a condition says so while it runs; loops of a fixed number of rounds work (easy forLoopStart)",
            ["easy whileLoopStart", "easy whileLoopEnd", "easy loadImagesForLoop"]
        ),
        (
            "execution-inversion-demo",
            "its loop ends when a condition says so while it runs; loops of a fixed number of rounds work (ForLoopOpen)",
            ["WhileLoopOpen", "WhileLoopClose"]
        ),
        (
            "Impact Pack", "take it out and pass the picture on; the rest of the workflow stays as it is",
            [
                "FaceDetailer", "FaceDetailerPipe", "DetailerForEach", "UltralyticsDetectorProvider", "SAMLoader", "BboxDetectorSEGS",

            ]
        ),
        (
            "efficiency-nodes", "CheckpointLoaderSimple, CLIPTextEncode and KSampler do the same step by step",
            [
                "Efficient Loader", "Eff. Loader SDXL", "KSampler (Efficient)", "KSampler Adv. (Efficient)", "KSampler SDXL (Eff.)",
                "LoRA Stacker", "Control Net Stacker", "Apply ControlNet Stack",
            ]
        ),
        (
            "UltimateSDUpscale", "ImageUpscaleWithModel, VAEEncodeTiled and KSampler come near",
            ["UltimateSDUpscale", "UltimateSDUpscaleNoUpscale"]
        ),
        (
            "comfyui_controlnet_aux", "make the hint picture beforehand, or use Canny",
            [
                "CannyEdgePreprocessor", "DepthAnythingPreprocessor", "DepthAnythingV2Preprocessor", "MiDaS-DepthMapPreprocessor",
                "Zoe-DepthMapPreprocessor", "LeReS-DepthMapPreprocessor", "OpenposePreprocessor", "DWPreprocessor", "LineArtPreprocessor",
                "AnimeLineArtPreprocessor", "HEDPreprocessor", "PiDiNetPreprocessor", "ScribblePreprocessor", "M-LSDPreprocessor",
                "TilePreprocessor", "InpaintPreprocessor", "BAE-NormalMapPreprocessor", "AIO_Preprocessor", "PixelPerfectResolution",
            ]
        ),
        ("Advanced-ControlNet", "ControlNetLoader does without schedules", ["ControlNetLoaderAdvanced", "ScaledSoftControlNetWeights"]),
        ("IPAdapter_plus", "it steers by a reference picture", ["PrepImageForClipVision"]),
        ("InstantID or ReActor", "it carries over a face", ["ApplyInstantID", "ReActorFaceSwap"]),
        (
            "ComfyUI_essentials", nil,
            [
                "MaskBlur+", "MaskPreview+", "ImageCASharpening+",
                "DebugTensorShape+", "CLIPTextEncodeSDXL+", "KSamplerVariationsWithNoise+", "BatchCount+", "SimpleMathDual+",
            ]
        ),
        (
            "KJNodes", nil,
            [
                "ImageResizeKJ", "ImageResizeKJv2", "ColorMatch", "GrowMaskWithBlur", "ImageConcanate", "ImageBatchMulti",
                "JoinStringMulti",
                "GetLatentSizeAndCount", "WidgetToString",
            ]
        ),
        (
            "WAS Node Suite", nil,
            [
                "Image Save", "Image Resize", "Image Blending Mode", "Text String", "Text Find and Replace",
                "Number to Int", "Image Filter Adjustments", "CLIPTextEncode (NSP)", "Load Lora", "Load Image Batch",
                "Text Load Line From File",
                "Image Rembg (Remove Background)",
            ]
        ),
        ("sdxl_prompt_styler", nil, ["SDXLPromptStyler", "SDXLPromptStylerAdvanced"]),
        (
            "image-saver", "SaveImage keeps the workflow in the picture",
            ["Image Saver", "Checkpoint Loader with Name (Image Saver)", "Seed Generator", "Sampler Selector", "Scheduler Selector"]
        ),
        ("a background removal pack", nil, ["RMBG"]),
        ("dynthres", nil, ["DynamicThresholdingFull", "DynamicThresholdingSimple"]),
        ("a captioning pack", nil, ["Tagger", "Florence2Run", "CLIPInterrogator"]),
        ("a tiled diffusion pack", nil, ["TiledDiffusion", "VAEEncodeTiled_TiledDiffusion", "VAEDecodeTiled_TiledDiffusion"]),
        ("BrushNet or another inpainting pack", "InpaintModelConditioning may do", ["BrushNet", "PowerPaint", "LamaRemover"]),
    ]
}
