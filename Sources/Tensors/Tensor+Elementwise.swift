import Glibc

extension Tensor {
    /// A new tensor with `body` applied to every element.
    @inlinable
    public func map(_ body: (Float) -> Float) -> Tensor {
        Tensor(shape: shape) { out in
            withFloats { x in
                for index in 0..<out.count { out[index] = body(x[index]) }
            }
        }
    }

    /// A new tensor from the elements of two of the same shape.
    @inlinable
    public static func zip(_ a: Tensor, _ b: Tensor, _ body: (Float, Float) -> Float) -> Tensor {
        precondition(a.shape == b.shape, "shapes \(a.shape) and \(b.shape) differ")
        return Tensor(shape: a.shape) { out in
            a.withFloats { x in
                b.withFloats { y in
                    for index in 0..<out.count { out[index] = body(x[index], y[index]) }
                }
            }
        }
    }

    public static func + (a: Tensor, b: Tensor) -> Tensor { zip(a, b) { $0 + $1 } }
    public static func - (a: Tensor, b: Tensor) -> Tensor { zip(a, b) { $0 - $1 } }
    public static func * (a: Tensor, b: Tensor) -> Tensor { zip(a, b) { $0 * $1 } }
    public static func / (a: Tensor, b: Tensor) -> Tensor { zip(a, b) { $0 / $1 } }

    public static func + (a: Tensor, b: Float) -> Tensor { a.map { $0 + b } }
    public static func - (a: Tensor, b: Float) -> Tensor { a.map { $0 - b } }
    public static func * (a: Tensor, b: Float) -> Tensor { a.map { $0 * b } }
    public static func / (a: Tensor, b: Float) -> Tensor { a.map { $0 / b } }
    public static func * (a: Float, b: Tensor) -> Tensor { b.map { a * $0 } }
    public static func - (a: Float, b: Tensor) -> Tensor { b.map { a - $0 } }
    public static prefix func - (a: Tensor) -> Tensor { a.map { -$0 } }

    /// Every element limited to a range.
    public func clamped(_ low: Float, _ high: Float) -> Tensor { map { max(low, min(high, $0)) } }
}

/// `a·x + b·y`, the update of nearly every sampler step: one multiplication and one fused multiply-add per element.
public func lincomb(_ a: Float, _ x: Tensor, _ b: Float, _ y: Tensor) -> Tensor {
    Tensor.zip(x, y) { ($0 * a).addingProduct(b, $1) }
}
