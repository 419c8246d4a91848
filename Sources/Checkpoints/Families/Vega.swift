extension ModelFamily {
    /// Segmind Vega: SDXL distilled further than SSD-1B.
    public static let vega = ModelFamily.sdxl.variant(
        name: "vega", title: "Segmind Vega", recognises: { $0.labelWidth != nil && $0.depthPerResidual == [0, 0, 1, 1, 2, 2] })
}
