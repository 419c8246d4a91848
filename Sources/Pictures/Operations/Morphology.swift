internal import Cancellations
public import Tensors

/// Grey morphology with a flat square kernel; what lies outside the picture doesn't count.
public enum MorphologyOperation: String, Sendable, CaseIterable {
    case erode, dilate, open, close
    /// Dilated minus eroded.
    case gradient
    /// Closed minus the picture: small dark things.
    case bottomHat = "bottom_hat"
    /// The picture minus opened: small bright things.
    case topHat = "top_hat"

    /// - Parameter kernel: side of the square.
    public func apply(to image: Image, kernel: Int) throws -> Image {
        let x = image.pixels
        let result: Tensor =
            switch self {
            case .erode: try x.eroded(kernel)
            case .dilate: try x.dilated(kernel)
            case .open: try x.eroded(kernel).dilated(kernel)
            case .close: try x.dilated(kernel).eroded(kernel)
            case .gradient: try x.dilated(kernel) - x.eroded(kernel)
            case .topHat: try x - x.eroded(kernel).dilated(kernel)
            case .bottomHat: try x.dilated(kernel).eroded(kernel) - x
            }
        return Image(result)
    }
}

extension Tensor {
    /// The largest value in a square around each place, of every channel of `[batch, height, width, channels]`.
    public func dilated(_ kernel: Int) throws -> Tensor { try extremes(kernel) { max($0, $1) } }

    /// The smallest value in a square around each place.
    public func eroded(_ kernel: Int) throws -> Tensor { try extremes(kernel) { min($0, $1) } }

    @inline(__always)
    private func extremes(_ kernel: Int, _ pick: (Float, Float) -> Float) throws -> Tensor {
        let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
        return try extremes(kernel, outer: batch * height, count: width, inner: channels, pick)
            .extremes(kernel, outer: batch, count: height, inner: width * channels, pick)
            .reshaped(shape)
    }

    /// Along one axis: `[outer, count, inner]`. With an even kernel the window reaches further back than forth.
    ///
    /// Three comparisons a value whatever the kernel (van Herk 1992): extremes from the start of each block of `kernel` places
    /// up to a place, and from a place to the end of its block; a window spans two blocks at most.
    @inline(__always)
    private func extremes(
        _ kernel: Int, outer: Int, count: Int, inner: Int, _ pick: (Float, Float) -> Float
    ) throws -> Tensor {
        let back = kernel / 2
        let forth = kernel - 1 - back
        let line = count * inner
        return try Tensor(shape: [outer, count, inner]) { out in
            try withFloats { x in
                try withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * line) { buffer in
                    let upTo = UnsafeMutableBufferPointer(rebasing: buffer[..<line])
                    let onwards = UnsafeMutableBufferPointer(rebasing: buffer[line...])
                    for group in 0..<outer {
                        try Cancellation.check()
                        let start = group * line
                        for index in 0..<line {
                            let isFirst = index / inner % kernel == 0
                            upTo[index] = isFirst ? x[start + index] : pick(upTo[index - inner], x[start + index])
                        }
                        try Cancellation.check()
                        for index in stride(from: line - 1, through: 0, by: -1) {
                            let isLast = index / inner % kernel == kernel - 1 || index >= line - inner
                            onwards[index] = isLast ? x[start + index] : pick(onwards[index + inner], x[start + index])
                        }
                        for place in 0..<count {
                            if inner > 64 { try Cancellation.check() }
                            let first = max(0, place - back)
                            let last = min(count - 1, place + forth)
                            let to = start + place * inner
                            if first / kernel != last / kernel {
                                for index in 0..<inner {
                                    out[to + index] = pick(onwards[first * inner + index], upTo[last * inner + index])
                                }
                            } else {
                                // Inside one block a window begins at its start, or ends with the picture.
                                let one =
                                    first % kernel == 0
                                    ? UnsafeBufferPointer(rebasing: upTo[(last * inner)...])
                                    : UnsafeBufferPointer(rebasing: onwards[(first * inner)...])
                                for index in 0..<inner { out[to + index] = one[index] }
                            }
                        }
                    }
                }
            }
        }
    }
}
