import Tensors

/// The side of a picture at which another one is put.
public enum StitchSide: String, Sendable, CaseIterable { case right, down, left, up }

extension Image {
    /// Another picture beside this one.
    ///
    /// - Parameters:
    ///   - matchingSize: the other is resized (lanczos) to this one's height, or width; otherwise the smaller is centred on a
    ///     margin.
    ///   - spacing: pixels between them, made even.
    ///   - colour: red, green, blue of the space, 0…1; the margin is white with white, else black.
    public func stitched(
        with other: Image, at side: StitchSide, matchingSize: Bool, spacing: Int, colour: (Float, Float, Float)
    ) throws -> Image {
        let items = max(batch, other.batch)
        var first = Image(pixels.extended(toBatch: items))
        var second = Image(other.pixels.extended(toBatch: items))
        let isBeside = side == .right || side == .left
        if matchingSize {
            let proportion = Double(second.width) / Double(second.height)
            second =
                isBeside
                ? try second.resized(width: max(1, Int(Double(height) * proportion)), height: height, by: .lanczos)
                : try second.resized(width: width, height: max(1, Int(Double(width) / proportion)), by: .lanczos)
        }
        let margin: Float = colour == (1, 1, 1) ? 1 : 0
        let common = isBeside ? max(first.height, second.height) : max(first.width, second.width)
        first = first.centred(in: common, alongHeight: isBeside, value: margin)
        second = second.centred(in: common, alongHeight: isBeside, value: margin)
        let channels = max(first.channels, second.channels)
        var parts = [first.withChannels(channels), second.withChannels(channels)]
        if side == .left || side == .up { parts.reverse() }
        if spacing > 0 {
            let space = spacing + spacing % 2
            let shape = isBeside ? [items, common, space, channels] : [items, space, common, channels]
            let values = [colour.0, colour.1, colour.2, 1]
            let filled = Tensor(shape: shape) { out in
                for index in 0..<out.count { out[index] = values[min(index % channels, 3)] }
            }
            parts.insert(Image(filled), at: 1)
        }
        return Image(Tensor.concatenated(parts.map(\.pixels), along: isBeside ? 2 : 1))
    }

    private func centred(in size: Int, alongHeight: Bool, value: Float) -> Image {
        let missing = size - (alongHeight ? height : width)
        guard missing > 0 else { return self }
        let before = missing / 2
        return alongHeight
            ? padded(left: 0, top: before, right: 0, bottom: missing - before, value: value)
            : padded(left: before, top: 0, right: missing - before, bottom: 0, value: value)
    }
}

extension Tensor {
    /// The last item repeated until there are `count`.
    fileprivate func extended(toBatch count: Int) -> Tensor {
        let have = shape[0]
        guard have < count else { return self }
        let last = item(have - 1)
        return Tensor.concatenated([self] + Array(repeating: last, count: count - have), along: 0)
    }
}
