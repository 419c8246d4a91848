internal import Problems
public import Pictures
internal import Tensors

// Pictures and masks are a tensor and nothing else.

extension Image: Described {
    public static var blank: Image { Image(Tensor([0]).reshaped([1, 1, 1, 1])) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        var pixels = pixels
        try visitor.visit("pixels", &pixels)
        guard visitor.isReading else { return }
        guard pixels.rank == 4 else { throw DescriptionError("a picture of \(pixels.shape)") }
        self = Image(pixels)
    }
}

extension Mask: Described {
    public static var blank: Mask { Mask(Tensor([0]).reshaped([1, 1, 1])) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        var values = values
        try visitor.visit("values", &values)
        guard visitor.isReading else { return }
        guard values.rank == 3 else { throw DescriptionError("a mask of \(values.shape)") }
        self = Mask(values)
    }
}
