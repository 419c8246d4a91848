internal import CTensorKernels
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

    public static func + (a: Tensor, b: Tensor) -> Tensor {
        kernel(a, b) { dk_add_run($0, $1, $2, $3) }
    }
    public static func - (a: Tensor, b: Tensor) -> Tensor {
        kernel(a, b) { dk_lincomb_run($0, 1, $1, -1, $2, $3) }
    }
    public static func * (a: Tensor, b: Tensor) -> Tensor {
        kernel(a, b) { dk_multiply_run($0, $1, $2, $3) }
    }
    public static func / (a: Tensor, b: Tensor) -> Tensor { zip(a, b) { $0 / $1 } }

    public static func + (a: Tensor, b: Float) -> Tensor { a.map { $0 + b } }
    public static func - (a: Tensor, b: Float) -> Tensor { a.map { $0 - b } }
    public static func * (a: Tensor, b: Float) -> Tensor {
        Tensor(shape: a.shape) { out in a.withFloats { dk_scale_run(out.baseAddress, $0.baseAddress, b, $0.count) } }
    }
    public static func / (a: Tensor, b: Float) -> Tensor { a.map { $0 / b } }
    public static func * (a: Float, b: Tensor) -> Tensor { b * a }
    public static func - (a: Float, b: Tensor) -> Tensor { b.map { a - $0 } }
    public static prefix func - (a: Tensor) -> Tensor { a.map { -$0 } }

    /// A new tensor by a kernel that takes the result, both operands and the number of elements.
    fileprivate static func kernel(
        _ a: Tensor, _ b: Tensor,
        _ run: (UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?, Int) -> Void
    ) -> Tensor {
        precondition(a.shape == b.shape, "shapes \(a.shape) and \(b.shape) differ")
        return Tensor(shape: a.shape) { out in
            a.withFloats { x in b.withFloats { y in run(out.baseAddress, x.baseAddress, y.baseAddress, out.count) } }
        }
    }

    /// Every element limited to a range; NaN stays NaN.
    public func clamped(_ low: Float, _ high: Float) -> Tensor { map { $0 < low ? low : $0 > high ? high : $0 } }

    /// Every finite element limited to a range. NaN and infinities stay, so that whoever looks at the result sees that it is none.
    public func clampedWhereFinite(_ low: Float, _ high: Float) -> Tensor {
        map { $0 - $0 != 0 ? $0 : $0 < low ? low : $0 > high ? high : $0 }
    }
}

/// `a·x + b·y`, the update of nearly every sampler step: one multiplication and one fused multiply-add per element.
public func lincomb(_ a: Float, _ x: Tensor, _ b: Float, _ y: Tensor) -> Tensor {
    Tensor.kernel(x, y) { dk_lincomb_run($0, a, $1, b, $2, $3) }
}
