public import Checkpoints
internal import Prompts

/// How one text model is used by a family of diffusion models; sizes are read off the tensors.
public struct TextModelConfiguration: Sendable, Hashable {
    public var kind: TextEncoderKind
    /// Which layer's hidden state is used, counted from the end: 1 is the last.
    public var layerFromEnd: Int
    /// Whether that hidden state goes through the final norm.
    public var normalisesHidden: Bool

    public init(_ kind: TextEncoderKind, layerFromEnd: Int, normalisesHidden: Bool) {
        self.kind = kind
        self.layerFromEnd = layerFromEnd
        self.normalisesHidden = normalisesHidden
    }

    /// As a family was trained.
    public init(_ model: ModelFamily.TextModel) {
        self.init(model.kind, layerFromEnd: model.layerFromEnd, normalisesHidden: model.normalisesHidden)
    }

    /// What the tensors of this model begin with inside a text encoder, and what embedding files call its vectors.
    public var key: String {
        switch kind {
        case .clipL: "clip_l"
        case .openCLIPH: "clip_h"
        case .openCLIPG: "clip_g"
        }
    }

    /// Whether GELU is OpenAI's approximation `x · σ(1.702 x)`.
    var usesQuickGELU: Bool { kind == .clipL }

    /// Fills a chunk after its end token.
    package var padding: Int32 { kind == .clipL ? CLIPVocabulary.endToken : 0 }

    /// Layers counted from the end are counted from here, where files may lack the last layer because nobody uses it.
    var fullDepth: Int? { kind == .openCLIPH ? 24 : nil }

    /// Channels of an attention head, in every CLIP text model.
    static let headSize = 64
}
