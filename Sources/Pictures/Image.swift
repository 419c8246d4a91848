public import Tensors

/// Pictures of one size: ComfyUI's IMAGE.
///
/// `[batch, height, width, channels]`, float32, nominally 0…1 (some nodes overshoot; nothing clamps before a picture is saved);
/// channels are red, green, blue and sometimes alpha.
public struct Image: Sendable {
    public let pixels: Tensor

    public init(_ pixels: Tensor) {
        precondition(pixels.rank == 4, "an image is [batch, height, width, channels], not \(pixels.shape)")
        self.pixels = pixels
    }

    public var batch: Int { pixels.shape[0] }
    public var height: Int { pixels.shape[1] }
    public var width: Int { pixels.shape[2] }
    public var channels: Int { pixels.shape[3] }
}

/// Masks of one size: ComfyUI's MASK. `[batch, height, width]`, float32, 0…1; 1 is the part to be changed.
public struct Mask: Sendable {
    public let values: Tensor

    /// - Parameter values: `[batch, height, width]`, or `[height, width]` for one mask.
    public init(_ values: Tensor) {
        precondition(values.rank == 2 || values.rank == 3, "a mask is [batch, height, width], not \(values.shape)")
        self.values = values.rank == 2 ? values.reshaped([1] + values.shape) : values
    }

    public var batch: Int { values.shape[0] }
    public var height: Int { values.shape[1] }
    public var width: Int { values.shape[2] }
}
