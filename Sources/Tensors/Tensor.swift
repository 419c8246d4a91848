/// An immutable, contiguous, row-major array of numbers with a shape.
///
/// Copies share the storage. Arithmetic wants `float32` (`float32()` converts); the other element types are what checkpoints
/// hold. Shapes are checked at every public operation: a mismatch is a mistake of the caller and stops the program, so whatever
/// came out of a file has to be checked before (`Weights` in Checkpoints does it).
///
/// Inside the networks pictures are `[batch, height, width, channels]` and tokens `[batch, tokens, channels]`; at the edges a
/// latent is `[batch, channels, height, width]`.
public struct Tensor: Sendable {
    public let shape: [Int]
    public let dtype: DType
    var storage: TensorStorage
    let byteOffset: Int

    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }
    public var byteCount: Int { count * dtype.size }
    public var rank: Int { shape.count }

    /// Looks at a part of some storage, a tensor in a mapped file for one.
    ///
    /// - Parameter byteOffset: where the first element lies; need not be aligned.
    public init(_ storage: TensorStorage, byteOffset: Int, shape: [Int], dtype: DType) {
        precondition(
            byteOffset >= 0 && byteOffset + shape.reduce(1, *) * dtype.size <= storage.byteCount,
            "shape \(shape) of \(dtype) at \(byteOffset) exceeds \(storage.byteCount) bytes")
        self.storage = storage
        self.byteOffset = byteOffset
        self.shape = shape
        self.dtype = dtype
    }

    /// Makes a `float32` tensor; `fill` must set every element.
    public init(shape: [Int], fill: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows {
        precondition(shape.allSatisfy { $0 >= 0 }, "negative size in shape \(shape)")
        let count = shape.reduce(1, *)
        storage = TensorStorage(byteCount: count * 4)
        byteOffset = 0
        self.shape = shape
        dtype = .float32
        try fill(UnsafeMutableBufferPointer(start: storage.start.assumingMemoryBound(to: Float.self), count: count))
    }

    /// Makes a tensor of any type from raw bytes in the machine's order.
    public init(bytes: [UInt8], shape: [Int], dtype: DType) {
        self = bytes.withUnsafeBytes { Tensor(copying: $0, shape: shape, dtype: dtype) }
    }

    /// Makes a tensor of any type from raw bytes in the machine's order, which are copied once.
    public init(copying bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) {
        precondition(bytes.count == shape.reduce(1, *) * dtype.size, "\(bytes.count) bytes for shape \(shape) of \(dtype)")
        storage = TensorStorage(byteCount: bytes.count)
        byteOffset = 0
        self.shape = shape
        self.dtype = dtype
        if let start = bytes.baseAddress { storage.start.copyMemory(from: start, byteCount: bytes.count) }
    }

    public init(_ values: [Float], shape: [Int]) {
        precondition(values.count == shape.reduce(1, *), "\(values.count) values for shape \(shape)")
        self.init(shape: shape) { _ = $0.initialize(from: values) }
    }

    /// A vector.
    public init(_ values: [Float]) { self.init(values, shape: [values.count]) }

    public init(repeating value: Float, shape: [Int]) {
        self.init(shape: shape) { $0.initialize(repeating: value) }
    }

    public static func zeros(_ shape: [Int]) -> Tensor { Tensor(repeating: 0, shape: shape) }

    /// The elements, for the duration of the call. The tensor must be `float32`.
    @inline(__always)
    public func withFloats<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(dtype == .float32, "float32 wanted, this tensor is \(dtype)")
        let start = UnsafeRawPointer(storage.start + byteOffset).assumingMemoryBound(to: Float.self)
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeBufferPointer(start: start, count: count))
    }

    /// The bytes, for the duration of the call, whatever the element type.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeRawBufferPointer(start: storage.start + byteOffset, count: byteCount))
    }

    /// A copy of the elements. The tensor must be `float32`.
    public var floats: [Float] { withFloats { Array($0) } }

    /// The element of a tensor that has only one.
    public var scalar: Float {
        precondition(count == 1, "scalar wanted, the shape is \(shape)")
        return withFloats { $0[0] }
    }

    /// The same elements under another shape; one size may be -1 and is worked out.
    public func reshaped(_ newShape: [Int]) -> Tensor {
        var newShape = newShape
        if let free = newShape.firstIndex(of: -1) {
            newShape[free] = 1
            let known = newShape.reduce(1, *)
            newShape[free] = known == 0 ? 0 : count / known
        }
        precondition(newShape.reduce(1, *) == count, "\(shape) doesn't reshape to \(newShape)")
        return Tensor(storage, byteOffset: byteOffset, shape: newShape, dtype: dtype)
    }
}
