extension ModelFamily {
    /// KOALA 1B (Lee et al. 2023): the larger of the two.
    public static let koala1b = ModelFamily.sdxl.variant(
        name: "koala1b", title: "KOALA 1B", recognises: { $0.labelWidth != nil && $0.depthPerResidual == [0, 2, 6] })
}
