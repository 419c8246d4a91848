public import Tensors

/// How values between places are found when something is resized. The names are ComfyUI's.
public enum Resampling: String, Sendable, CaseIterable {
    /// The value of the place at or before the same share of the side: off by half a place, as older programs have it.
    case nearest
    /// The value of the nearest place, by centres.
    case nearestExact = "nearest-exact"
    /// A straight line between the two nearest centres. Doesn't average when shrinking.
    case bilinear
    /// The mean of all places a new one touches.
    case area
    /// Keys' cubic with a = −0.75; overshoots, and doesn't average when shrinking.
    case bicubic
    /// Windowed sinc over three lobes in 8-bit steps, as Pillow does; averages when shrinking.
    case lanczos
    /// Spherical interpolation of the channel vectors: keeps the lengths that bilinear would shorten.
    case bislerp
}

/// What happens to a picture whose proportions differ from the wanted ones.
public enum Cropping: String, Sendable, CaseIterable {
    /// It is squeezed.
    case disabled
    /// The longer direction is trimmed by the same amount on both sides first.
    case center
}

/// Where the channels of a tensor of pictures are.
public enum ChannelOrder: Sendable {
    /// `[batch, height, width, channels]`
    case last
    /// `[batch, channels, height, width]`
    case first
}

extension Tensor {
    /// Pictures or latents at another size.
    ///
    /// - Parameters:
    ///   - order: says how the four dimensions are to be read.
    ///   - width: new width, at least 1; likewise `height`.
    public func resized(
        width: Int, height: Int, by method: Resampling, cropping: Cropping = .disabled, channels order: ChannelOrder
    ) throws -> Tensor {
        precondition(rank == 4, "four dimensions wanted, not \(shape)")
        precondition(width > 0 && height > 0, "resized to \(width) × \(height)")
        let rows = order == .last ? 1 : 2
        let source = cropping == .center ? trimmed(toAspectOf: width, height, rows: rows) : self
        let grid = Grid(
            outer: order == .last ? shape[0] : shape[0] * shape[1], height: source.shape[rows],
            width: source.shape[rows + 1], inner: order == .last ? shape[3] : 1)
        var newShape = shape
        newShape[rows] = height
        newShape[rows + 1] = width
        guard source.count > 0 else { return Tensor.zeros(newShape) }
        switch method {
        case .nearest, .nearestExact, .bilinear, .area, .bicubic:
            return
                try source
                .resampledRows(grid, AxisTaps(method, from: grid.width, to: width))
                .resampledColumns(grid.with(width: width), AxisTaps(method, from: grid.height, to: height))
                .reshaped(newShape)
        case .lanczos:
            return try source.inChannelsLast(order) { try $0.lanczosResized(width: width, height: height) }
        case .bislerp:
            return try source.inChannelsLast(order) { try $0.bislerpResized(width: width, height: height) }
        }
    }

    /// The centre of proportions `width`:`height`, as large as fits. ComfyUI's rounding: half to even, the same on both sides.
    private func trimmed(toAspectOf width: Int, _ height: Int, rows: Int) -> Tensor {
        let oldHeight = Double(shape[rows])
        let oldWidth = Double(shape[rows + 1])
        let old = oldWidth / oldHeight
        let new = Double(width) / Double(height)
        var x = 0
        var y = 0
        if old > new {
            x = Int(((oldWidth - oldWidth * (new / old)) / 2).rounded(.toNearestOrEven))
        } else if old < new {
            y = Int(((oldHeight - oldHeight * (old / new)) / 2).rounded(.toNearestOrEven))
        }
        // A sliver may round away altogether; one row or column has to stay.
        x = min(x, (shape[rows + 1] - 1) / 2)
        y = min(y, (shape[rows] - 1) / 2)
        return narrowed(rows, from: y, count: shape[rows] - 2 * y)
            .narrowed(rows + 1, from: x, count: shape[rows + 1] - 2 * x)
    }

    private func inChannelsLast(_ order: ChannelOrder, _ body: (Tensor) throws -> Tensor) rethrows -> Tensor {
        order == .last ? try body(self) : try body(channelsLast()).channelsFirst()
    }
}

extension Image {
    /// The pictures at another size.
    public func resized(
        width: Int, height: Int, by method: Resampling, cropping: Cropping = .disabled
    ) throws -> Image {
        Image(try pixels.resized(width: width, height: height, by: method, cropping: cropping, channels: .last))
    }
}

extension Mask {
    /// The masks at another size.
    public func resized(
        width: Int, height: Int, by method: Resampling = .bilinear, cropping: Cropping = .disabled
    ) throws -> Mask {
        let planes = values.reshaped([batch, 1, self.height, self.width])
        let resized = try planes.resized(width: width, height: height, by: method, cropping: cropping, channels: .first)
        return Mask(resized.reshaped([batch, height, width]))
    }
}
