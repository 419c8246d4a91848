import Glibc
public import Tensors

/// A Gaussian of `2 · radius + 1` points over −1…1: its width is relative to the radius.
public struct GaussianKernel: Sendable {
    public let radius: Int
    /// Along one axis, of sum 1. The two-dimensional kernel is the product with itself.
    let weights: [Float]

    /// - Parameters:
    ///   - radius: 0 leaves everything as it is.
    ///   - sigma: standard deviation, 1 being the radius.
    public init(radius: Int, sigma: Double) {
        precondition(radius >= 0, "a kernel of radius \(radius)")
        self.radius = radius
        let raw = (-radius...radius).map { place in
            let x = radius == 0 ? 0 : Double(place) / Double(radius)
            return exp(-x * x / (2 * sigma * sigma))
        }
        let sum = raw.reduce(0, +)
        weights = raw.map { Float($0 / sum) }
    }
}

extension Tensor {
    /// Every channel of `[batch, height, width, channels]` filtered with a Gaussian; the picture goes on as its mirror image
    /// beyond the border, so height and width must be larger than the radius.
    public func blurred(_ kernel: GaussianKernel) throws -> Tensor {
        precondition(
            rank == 4 && shape[1] > kernel.radius && shape[2] > kernel.radius,
            "\(shape) is too small for a radius of \(kernel.radius)")
        guard kernel.radius > 0 else { return self }
        let grid = Grid(outer: shape[0], height: shape[1], width: shape[2], inner: shape[3])
        return try resampledRows(grid, AxisTaps(mirroring: kernel, count: grid.width))
            .resampledColumns(grid, AxisTaps(mirroring: kernel, count: grid.height))
            .reshaped(shape)
    }

    /// What differs from the blurred picture, taken `10 · amount` times more: unsharp masking.
    ///
    /// Equals one kernel: −10 · amount times the Gaussian, its centre raised until the sum is 1.
    public func sharpened(_ kernel: GaussianKernel, amount: Float) throws -> Tensor {
        guard kernel.radius > 0 else { return self }
        let gain = 10 * amount
        return Tensor.zip(self, try blurred(kernel)) { $0 + gain * ($0 - $1) }
    }
}

extension AxisTaps {
    /// A kernel at every place of an axis, mirrored at its ends without repeating the end itself.
    init(mirroring kernel: GaussianKernel, count: Int) {
        self.init()
        for place in 0..<count {
            for (offset, weight) in zip(-kernel.radius...kernel.radius, kernel.weights) {
                let source = abs(place + offset)
                add(source < count ? source : 2 * (count - 1) - source, weight)
            }
            finishPlace()
        }
    }
}
