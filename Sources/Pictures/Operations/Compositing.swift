public import Tensors

extension Tensor {
    /// Another tensor of pictures laid over this one.
    ///
    /// - Parameters:
    ///   - source: same channels; repeated or cut to this batch. What reaches over the border is cut.
    ///   - mask: `[n, height, width]`: 1 shows the source. Brought to the source's size (bilinear) and batch; `nil` is all 1.
    ///   - x, y: where the source's corner goes, not negative; beyond this one's size nothing shows.
    ///   - order: where the channels are, in both.
    public func composited(
        _ source: Tensor, mask: Tensor? = nil, x: Int, y: Int, channels order: ChannelOrder
    ) throws -> Tensor {
        let rows = order == .last ? 1 : 2
        let source = source.repeatedToBatch(shape[0])
        let planes = order == .last ? 1 : shape[1]
        let inner = order == .last ? shape[3] : 1
        let (height, width) = (shape[rows], shape[rows + 1])
        let (sourceHeight, sourceWidth) = (source.shape[rows], source.shape[rows + 1])
        precondition(x >= 0 && y >= 0, "composited at (\(x), \(y))")
        precondition(
            order == .last ? source.shape[3] == inner : source.shape[1] == planes,
            "channels of \(source.shape) and \(shape) differ")
        let shownWidth = min(sourceWidth, width - x)
        let shownHeight = min(sourceHeight, height - y)
        guard shownWidth > 0, shownHeight > 0 else { return self }
        let weights = try mask.map {
            try Mask($0).resized(width: sourceWidth, height: sourceHeight).values.repeatedToBatch(shape[0])
        }
        return Tensor(shape: shape) { out in
            withFloats { _ = out.initialize(from: $0) }
            source.withFloats { source in
                for item in 0..<shape[0] {
                    for plane in 0..<planes {
                        for row in 0..<shownHeight {
                            let to = ((item * planes + plane) * height + y + row) * width + x
                            let from = ((item * planes + plane) * sourceHeight + row) * sourceWidth
                            guard let weights else {
                                for index in 0..<shownWidth * inner { out[to * inner + index] = source[from * inner + index] }
                                continue
                            }
                            weights.withFloats { weights in
                                let line = (item * sourceHeight + row) * sourceWidth
                                for column in 0..<shownWidth {
                                    let weight = weights[line + column]
                                    for channel in 0..<inner {
                                        let index = (to + column) * inner + channel
                                        out[index] =
                                            out[index] * (1 - weight) + source[(from + column) * inner + channel] * weight
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
