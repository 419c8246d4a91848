extension Tensor {
    /// Sum of all elements in order, carried in double precision.
    public var sum: Double { withFloats { $0.reduce(0.0) { $0 + Double($1) } } }
    public var mean: Double { count == 0 ? .nan : sum / Double(count) }
    public var minimum: Float { withFloats { $0.min() ?? .nan } }
    public var maximum: Float { withFloats { $0.max() ?? .nan } }
    public var maximumMagnitude: Float { withFloats { $0.reduce(0) { max($0, abs($1)) } } }

    /// Sum of squares of all elements, carried in double precision.
    public var squaredNorm: Double { withFloats { $0.reduce(0.0) { $0 + Double($1) * Double($1) } } }

    /// Whether every element is exactly zero.
    public var isZero: Bool { withFloats { $0.allSatisfy { $0 == 0 } } }

    /// Index and value of the first element that is not finite.
    public var firstNotFinite: (index: Int, value: Float)? {
        withFloats { x in x.firstIndex { !$0.isFinite }.map { ($0, x[$0]) } }
    }

    /// Same shape, type and bits.
    public func hasSameBits(as other: Tensor) -> Bool {
        guard shape == other.shape, dtype == other.dtype else { return false }
        return withBytes { a in other.withBytes { b in a.elementsEqual(b) } }
    }
}
