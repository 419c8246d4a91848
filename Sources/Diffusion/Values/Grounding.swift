public import Checkpoints
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
