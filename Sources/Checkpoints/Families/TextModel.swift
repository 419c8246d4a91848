extension ModelFamily {
    /// How a family uses one of its text models.
    public struct TextModel: Sendable, Hashable {
        public let kind: TextEncoderKind
        /// Which layer's hidden state is used, counted from the end: 1 is the last.
        public let layerFromEnd: Int
        /// Whether that hidden state goes through the final norm.
        public let normalisesHidden: Bool
        /// Where checkpoints have it; models are saved with the first.
        public let places: [String]
    }
}

/// Text encoders of these families.
public enum TextEncoderKind: String, Sendable, Hashable, CaseIterable {
    /// OpenAI's ViT-L/14 text tower: quick-GELU, padded with the end token.
    case clipL
    /// OpenCLIP ViT-H/14 and ViT-bigG/14: GELU, padded with 0.
    case openCLIPH, openCLIPG
}
