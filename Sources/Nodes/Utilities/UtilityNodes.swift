extension NodeTable {
    /// The nodes of this folder, a line each.
    static let utilities: [any Node.Type] = [
        CaseConverter.self,
        CollectBatch.self,
        CollectList.self,
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
}
