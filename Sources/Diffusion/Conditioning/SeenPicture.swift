public import Tensors

/// Pictures that steer a model which takes them in place of, or beside, a text (unCLIP, Ramesh et al. 2022).
public struct SeenPicture: Sendable {
    /// As a vision model saw them, `[pictures, width]`.
    public var embedding: Tensor
    public var strength: Float
    /// How far the embedding is noised, 0…1: more noise, more freedom.
    public var noiseAugmentation: Double

    public init(embedding: Tensor, strength: Float, noiseAugmentation: Double) {
        self.embedding = embedding
        self.strength = strength
        self.noiseAugmentation = noiseAugmentation
    }
}
