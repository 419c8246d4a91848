extension ModelFamily {
    /// SSD-1B: SDXL distilled to half of its layers (Segmind).
    public static let ssd1b = ModelFamily.sdxl.variant(
        name: "ssd1b", title: "SSD-1B", recognises: { $0.labelWidth != nil && $0.depthPerResidual == [0, 0, 2, 2, 4, 4] })
}
