internal import Glibc
public import Pictures
internal import Tensors

extension Sigmas {
    /// A chart of the noise levels: a point for each, joined by lines, on a grid of powers of ten (or of quarters of the highest).
    ///
    /// - Parameters:
    ///   - width: of the picture in pixels, at least 64; likewise `height`.
    ///   - logarithmic: equal heights are equal ratios. 0, and what isn't a number, lies on the bottom line.
    public func chart(width: Int, height: Int, logarithmic: Bool) -> Image {
        var canvas = Canvas(width: max(64, width), height: max(64, height))
        let positive = values.filter { $0 > 0 && $0.isFinite }
        guard let highest = positive.max(), let lowest = positive.min() else { return canvas.image }
        let top = logarithmic ? log10f(highest) : highest
        // The bottom line is half a power of ten below the lowest level, so that 0 is seen to be something else.
        let bottom = logarithmic ? log10f(lowest) - 0.5 : 0
        func share(_ sigma: Float) -> Float {
            guard sigma > 0, sigma.isFinite else { return 0 }
            return ((logarithmic ? log10f(sigma) : sigma) - bottom) / max(top - bottom, 1e-6)
        }
        let gridLevels =
            logarithmic
            ? (Int(bottom.rounded(.up))...max(Int(bottom.rounded(.up)), Int(top.rounded(.down)))).map { powf(10, Float($0)) }
            : (1...4).map { highest * Float($0) / 4 }
        for level in gridLevels { canvas.line((0, share(level)), (1, share(level)), Canvas.grid) }
        canvas.line((0, 0), (1, 0), Canvas.axis)
        canvas.line((0, 0), (0, 1), Canvas.axis)
        let last = Float(max(values.count - 1, 1))
        let points = values.enumerated().map { (Float($0.offset) / last, share($0.element)) }
        for (from, to) in zip(points, points.dropFirst()) { canvas.line(from, to, Canvas.curve) }
        for point in points { canvas.dot(point, Canvas.curve) }
        return canvas.image
    }
}

/// A white picture with a frame to draw in; places are shares of the frame, from the lower left.
private struct Canvas {
    static let grid: [Float] = [0.87, 0.87, 0.87]
    static let axis: [Float] = [0.35, 0.35, 0.35]
    static let curve: [Float] = [0.1, 0.35, 0.75]
    private static let margin: Float = 16

    private let width: Int
    private let height: Int
    private var pixels: [Float]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        pixels = [Float](repeating: 1, count: width * height * 3)
    }

    var image: Image { Image(Tensor(pixels, shape: [1, height, width, 3])) }

    private func place(_ point: (Float, Float)) -> (x: Float, y: Float) {
        let (w, h) = (Float(width) - 2 * Self.margin, Float(height) - 2 * Self.margin)
        return (Self.margin + point.0 * w, Self.margin + (1 - point.1) * h)
    }

    private mutating func set(_ x: Int, _ y: Int, _ color: [Float]) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        for channel in 0..<3 { pixels[(y * width + x) * 3 + channel] = color[channel] }
    }

    mutating func line(_ from: (Float, Float), _ to: (Float, Float), _ color: [Float]) {
        let (a, b) = (place(from), place(to))
        let count = max(1, Int(max(abs(b.x - a.x), abs(b.y - a.y)).rounded(.up)))
        for step in 0...count {
            let share = Float(step) / Float(count)
            set(Int((a.x + (b.x - a.x) * share).rounded()), Int((a.y + (b.y - a.y) * share).rounded()), color)
        }
    }

    mutating func dot(_ point: (Float, Float), _ color: [Float]) {
        let (x, y) = place(point)
        for dy in -3...3 {
            for dx in -3...3 where dx * dx + dy * dy <= 10 { set(Int(x.rounded()) + dx, Int(y.rounded()) + dy, color) }
        }
    }
}
