internal import Cancellations
import Glibc
import Tensors

extension Image {
    /// Edges, 1 on 0, in three equal channels.
    ///
    /// Canny 1986 with the choices of kornia: luma, a Gaussian of 5 × 5 and sigma 1 (mirrored borders), Sobel kernels that
    /// aren't normalised (a unit step gives up to about 2.6), thinning across the gradient, and weak edges kept where a chain
    /// of neighbours leads to a strong one.
    ///
    /// - Parameters:
    ///   - low, high: gradient magnitudes above which an edge is weak, or strong. Height and width must be 3 at least.
    public func edges(low: Float, high: Float) throws -> Image {
        precondition(height > 2 && width > 2, "edges of \(width) × \(height) pixels")
        let smooth = try EdgePlanes.smoothed(luma())
        var edges = [Float](repeating: 0, count: batch * height * width)
        try smooth.withFloats { smooth in
            for item in 0..<batch {
                let range = item * height * width..<(item + 1) * height * width
                let planes = try EdgePlanes(Array(smooth[range]), height: height, width: width)
                for (offset, isEdge) in try planes.edges(low: low, high: high).enumerated() where isEdge {
                    edges[range.lowerBound + offset] = 1
                }
            }
        }
        return Mask(Tensor(edges, shape: [batch, height, width])).grey()
    }

    /// `[batch, height, width, 1]`: 0.299 red + 0.587 green + 0.114 blue. One channel is taken as it is.
    func luma() -> Tensor {
        guard channels >= 3 else { return pixels.narrowed(3, from: 0, count: 1) }
        return Tensor(shape: [batch, height, width, 1]) { out in
            pixels.withFloats { x in
                for pixel in 0..<out.count {
                    let at = pixel * channels
                    out[pixel] = 0.299 * x[at] + 0.587 * x[at + 1] + 0.114 * x[at + 2]
                }
            }
        }
    }
}

extension Mask {
    /// The mask as a grey picture of three equal channels.
    public func grey() -> Image {
        Image(
            Tensor(shape: [batch, height, width, 3]) { out in
                values.withFloats { x in
                    for index in 0..<out.count { out[index] = x[index / 3] }
                }
            })
    }
}

/// Gradients of one plane.
private struct EdgePlanes {
    let height: Int
    let width: Int
    var magnitude: [Float]
    /// Eighths of a turn from the x axis towards the y axis, which points down: 0…7.
    var direction: [Int]

    static func smoothed(_ luma: Tensor) throws -> Tensor {
        // Five points at distance 1 and sigma 1 are five points on −1…1 at sigma one half.
        try luma.blurred(GaussianKernel(radius: 2, sigma: 0.5))
    }

    init(_ x: [Float], height: Int, width: Int) throws {
        self.height = height
        self.width = width
        magnitude = [Float](repeating: 0, count: x.count)
        direction = [Int](repeating: 0, count: x.count)
        for row in 0..<height {
            try Cancellation.check()
            // Beyond the border the picture goes on as its last row or column.
            let above = max(row - 1, 0) * width
            let here = row * width
            let below = min(row + 1, height - 1) * width
            for column in 0..<width {
                let left = max(column - 1, 0)
                let right = min(column + 1, width - 1)
                let gx =
                    (x[above + right] - x[above + left]) + 2 * (x[here + right] - x[here + left])
                    + (x[below + right] - x[below + left])
                let gy =
                    (x[below + left] - x[above + left]) + 2 * (x[below + column] - x[above + column])
                    + (x[below + right] - x[above + right])
                magnitude[here + column] = (gx * gx + gy * gy + 1e-6).squareRoot()
                let eighths = (atan2f(gy, gx) * 4 / .pi).rounded(.toNearestOrEven)
                direction[here + column] = (Int(eighths) + 8) % 8
            }
        }
    }

    private func magnitude(_ row: Int, _ column: Int) -> Float {
        row >= 0 && row < height && column >= 0 && column < width ? magnitude[row * width + column] : 0
    }

    func edges(low: Float, high: Float) throws -> [Bool] {
        let steps = [(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)]
        var isWeak = [Bool](repeating: false, count: magnitude.count)
        var isEdge = isWeak
        var reached: [Int] = []
        for row in 0..<height {
            try Cancellation.check()
            for column in 0..<width {
                let index = row * width + column
                let value = magnitude[index]
                guard value > low else { continue }
                // The neighbour that is further right, or below in the same column, may be equal along the axes, so that
                // an edge between two equal columns leaves one of them and not none.
                let step = steps[direction[index] % 4]
                let ahead = magnitude(row + step.0, column + step.1)
                let behind = magnitude(row - step.0, column - step.1)
                let isAxis = direction[index] % 2 == 0
                guard isAxis ? value >= ahead : value > ahead, value > behind else { continue }
                isWeak[index] = true
                if value > high {
                    isEdge[index] = true
                    reached.append(index)
                }
            }
        }
        while let index = reached.popLast() {
            let (row, column) = index.quotientAndRemainder(dividingBy: width)
            for step in steps {
                let (y, x) = (row + step.0, column + step.1)
                guard y >= 0, y < height, x >= 0, x < width else { continue }
                let neighbour = y * width + x
                if isWeak[neighbour], !isEdge[neighbour] {
                    isEdge[neighbour] = true
                    reached.append(neighbour)
                }
            }
        }
        return isEdge
    }
}
