extension ModelFamily {
    /// KOALA 700M (Lee et al. 2023): SDXL with one residual block a level.
    public static let koala700m = ModelFamily.sdxl.variant(
        name: "koala700m", title: "KOALA 700M", recognises: { $0.labelWidth != nil && $0.depthPerResidual == [0, 2, 5] })
}
