/// What SDXL is told about sizes beside the text (Podell et al. 2023, section 2.2): its training pictures had many, and it learnt
/// how pictures of each look.
public struct SizeConditioning: Sendable, Hashable {
    /// Of the training picture to imitate, in pixels.
    public var width, height: Int
    /// How much of it was cut away on the left and at the top.
    public var cropWidth = 0
    public var cropHeight = 0
    /// What it was resized to; `nil` is the size itself.
    public var targetWidth, targetHeight: Int?
    /// How well people liked it, 0…10; only the refiner looks at it. `nil` is 6, and 2.5 on the negative side.
    public var aestheticScore: Double?

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}
