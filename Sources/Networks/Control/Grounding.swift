public import Checkpoints
public import Descriptions
public import Digests
public import Tensors

/// A GLIGEN network as a recipe (Li et al. 2023): it places what texts describe into boxes. ComfyUI's GLIGEN.
public struct GroundingModel: Sendable {
    /// `position_net.…`, and layers under the U-Net's names: `input_blocks.1.1.transformer_blocks.0.fuser.…`.
    public internal(set) var content: any TensorSource

    init(content: any TensorSource) { self.content = content }

    /// - Throws: `NetworkError.notRecognised` for any other file.
    public init(detecting source: any TensorSource) throws {
        guard source.directory["position_net.null_positive_feature"] != nil else {
            throw NetworkError(
                .notRecognised, in: source.displayName, reason: "there is no GLIGEN network in it",
                hint: "text boxes need a GLIGEN model; those for pictures and key points are not supported")
        }
        content = source
    }

    /// Identifies the content, without reading weights.
    public func digest() throws -> Digest { try content.contentDigest() }
}

/// Boxes of the picture, each with the text that belongs there.
public struct Grounding: Sendable {
    public var model: GroundingModel
    /// The first 30 count.
    public var boxes: [Box]

    public struct Box: Sendable {
        /// The text's pooled vector before any projection, `[1, width]`.
        public var text: Tensor
        /// In latent cells (an eighth of pixels).
        public var height, width, y, x: Int

        public init(text: Tensor, height: Int, width: Int, y: Int, x: Int) {
            self.text = text
            (self.height, self.width, self.y, self.x) = (height, width, y, x)
        }
    }

    public init(model: GroundingModel, boxes: [Box]) {
        self.model = model
        self.boxes = boxes
    }
}

extension Grounding.Box: Described {
    public static var blank: Grounding.Box { .init(text: Tensor([0]), height: 0, width: 0, y: 0, x: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.visit("text", &text)
        // As a list of four.
        visitor.mark(.whole(4))
        try visitor.visit("height", &height)
        try visitor.visit("width", &width)
        try visitor.visit("y", &y)
        try visitor.visit("x", &x)
    }
}

extension Grounding: Described {
    public static var blank: Grounding { Grounding(model: .blank, boxes: []) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.visit(recipe: "model", &model)
        let count = try visitor.unmarked { try visitor.count("boxes", boxes.count) }
        if visitor.isReading { boxes = Array(repeating: .blank, count: count) }
        for index in boxes.indices { try visitor.visit(part: "boxes.\(index)", &boxes[index]) }
    }
}

extension GroundingModel: Recipe {
    public static var blank: GroundingModel { GroundingModel(content: NoSource()) }

    public mutating func describe(to visitor: any FieldVisitor) throws { try visitor.visit("content", &content) }
}
