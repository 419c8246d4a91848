public import Problems
public import Pictures
import Tensors

extension Latent {
    /// The axes of a latent that nodes cut and join along.
    public enum Axis: String, Sendable, CaseIterable {
        case x, y
        /// Time, which only latents of videos have.
        case t

        /// Dimension of `[batch, channels, height, width]`, `nil` where there is none.
        var dimension: Int? {
            switch self {
            case .x: 3
            case .y: 2
            case .t: nil
            }
        }
    }

    /// Another latent behind this one, or before it, along an axis. All other sizes must agree; the batch is repeated.
    public func joined(with other: Latent, along axis: Axis, otherFirst: Bool) throws -> Latent {
        let dimension = try dimension(of: axis)
        let fitted = other.samples.repeatedToBatch(batch)
        for side in 1...3 where side != dimension && samples.shape[side] != fitted.shape[side] {
            throw LatentError(
                code: .sizesDiffer,
                reason: "\(samples.shape) and \(fitted.shape) don't join along \(axis.rawValue)",
                hint: "LatentUpscale brings them to one size")
        }
        return with(Tensor.concatenated(otherFirst ? [fitted, samples] : [samples, fitted], along: dimension))
    }

    /// `amount` rows or columns from `index` on; a negative index counts from the end. Limited to what is there.
    public func cut(along axis: Axis, from index: Int, amount: Int) throws(LatentError) -> Latent {
        let dimension = try dimension(of: axis)
        let size = samples.shape[dimension]
        let start = index < 0 ? max(0, size + index) : min(index, size - 1)
        return with(samples.narrowed(dimension, from: start, count: min(amount, size - start)))
    }

    private func dimension(of axis: Axis) throws(LatentError) -> Int {
        if let dimension = axis.dimension { return dimension }
        throw LatentError(
            code: .sizesDiffer, reason: "the latent is a picture and has no time axis", hint: "choose x or y")
    }

    /// A part, in latent cells. At least eight cells stay where there are so many; what reaches over the border is cut.
    public func cropped(x: Int, y: Int, width wantedWidth: Int, height wantedHeight: Int) -> Latent {
        let x = max(0, min(x, width - 8))
        let y = max(0, min(y, height - 8))
        return with(
            samples.narrowed(2, from: y, count: min(wantedHeight, height - y))
                .narrowed(3, from: x, count: min(wantedWidth, width - x)))
    }

    /// Turned clockwise. The mask isn't.
    public func turned(quarters: Int) -> Latent { with(samples.turned(quarters: quarters, rows: 2)) }

    public enum Mirror: Sendable { case upsideDown, leftToRight }

    /// Mirrored. The mask isn't.
    public func mirrored(_ mirror: Mirror) -> Latent { with(samples.flipped(mirror == .upsideDown ? 2 : 3)) }

    /// Another latent pasted at a place, in latent cells.
    ///
    /// - Parameter feather: cells over which the pasted part fades in, on its sides that aren't at the border of this one.
    public func composited(_ other: Latent, x: Int, y: Int, feather: Int) throws -> Latent {
        try checkChannels(other)
        let shownHeight = min(other.height, height - y)
        let shownWidth = min(other.width, width - x)
        guard shownHeight > 0, shownWidth > 0 else { return self }
        let part = other.samples.narrowed(2, from: 0, count: shownHeight).narrowed(3, from: 0, count: shownWidth)
        guard feather > 0 else { return with(try samples.composited(part, x: x, y: y, channels: .first)) }
        let rows = Self.fade(
            shownHeight, over: feather, first: y != 0, last: y + shownHeight < height)
        let columns = Self.fade(
            shownWidth, over: feather, first: x != 0, last: x + shownWidth < width)
        let mask = Tensor(shape: [1, shownHeight, shownWidth]) { out in
            for row in 0..<shownHeight {
                for column in 0..<shownWidth { out[row * shownWidth + column] = rows[row] * columns[column] }
            }
        }
        return with(try samples.composited(part, mask: mask, x: x, y: y, channels: .first))
    }

    private static func fade(_ count: Int, over feather: Int, first: Bool, last: Bool) -> [Float] {
        var weights = [Float](repeating: 1, count: count)
        for step in 0..<min(feather, count) {
            let weight = Float(step + 1) / Float(feather)
            if first { weights[step] *= weight }
            if last { weights[count - 1 - step] *= weight }
        }
        return weights
    }

    /// Another latent laid over this one through a mask.
    ///
    /// - Parameters:
    ///   - x, y: in latent cells.
    ///   - mask: 1 shows the other one; of any size, `nil` is all of it.
    ///   - resizing: whether the other one is brought to this one's size first (bilinear).
    public func composited(
        _ other: Latent, mask: Mask?, x: Int, y: Int, resizing: Bool
    ) throws -> Latent {
        try checkChannels(other)
        var source = other.samples
        if resizing, (other.height, other.width) != (height, width) {
            source = try source.resized(width: width, height: height, by: .bilinear, channels: .first)
        }
        return with(try samples.composited(source, mask: mask?.values, x: x, y: y, channels: .first))
    }

    private func checkChannels(_ other: Latent) throws(LatentError) {
        guard channels != other.channels else { return }
        throw LatentError(
            code: .channelsDiffer, reason: "one latent has \(channels) channels, the other \(other.channels)",
            hint: "they come from models of different families")
    }
}
