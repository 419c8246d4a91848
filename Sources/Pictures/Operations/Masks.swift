internal import Cancellations
import Tensors

/// How one mask changes another where they overlap.
public enum MaskOperation: String, Sendable, CaseIterable {
    case multiply, add, subtract
    /// On masks rounded to 0 and 1.
    case and, or, xor

    @inline(__always)
    func apply(_ a: Float, _ b: Float) -> Float {
        func isSet(_ value: Float) -> Bool { value.rounded(.toNearestOrEven) != 0 }
        switch self {
        case .multiply: return a * b
        case .add: return a + b
        case .subtract: return a - b
        case .and: return isSet(a) && isSet(b) ? 1 : 0
        case .or: return isSet(a) || isSet(b) ? 1 : 0
        case .xor: return isSet(a) != isSet(b) ? 1 : 0
        }
    }
}

extension Mask {
    /// This mask changed by another one at (`x`, `y`), not negative, as far as they overlap. The result is limited to 0…1.
    public func combined(with source: Mask, x: Int, y: Int, _ operation: MaskOperation) -> Mask {
        let shownWidth = min(source.width, width - x)
        let shownHeight = min(source.height, height - y)
        let other = source.values.repeatedToBatch(batch)
        return Mask(
            Tensor(shape: values.shape) { out in
                values.withFloats { a in
                    for index in 0..<a.count { out[index] = max(0, min(1, a[index])) }
                    guard shownWidth > 0, shownHeight > 0 else { return }
                    other.withFloats { b in
                        for item in 0..<batch {
                            for row in 0..<shownHeight {
                                let to = (item * height + y + row) * width + x
                                let from = (item * source.height + row) * source.width
                                for column in 0..<shownWidth {
                                    let value = operation.apply(a[to + column], b[from + column])
                                    out[to + column] = max(0, min(1, value))
                                }
                            }
                        }
                    }
                }
            })
    }

    /// Ramps from the edges inwards: the value `t` places from an edge is multiplied by (t + 1) / size.
    ///
    /// As in ComfyUI, the ramps of the right and the bottom edge begin at the *first* column and row and go on from the last
    /// but none: place 0 of both is column (row) 0.
    public func feathered(left: Int, top: Int, right: Int, bottom: Int) -> Mask {
        let columns = Self.ramp(count: width, leading: min(left, width), trailing: min(right, width))
        let rows = Self.ramp(count: height, leading: min(top, height), trailing: min(bottom, height))
        return Mask(
            Tensor(shape: values.shape) { out in
                values.withFloats { x in
                    for line in 0..<batch * height {
                        let row = rows[line % height]
                        for column in 0..<width {
                            var value = x[line * width + column]
                            for factor in columns[column] { value *= factor }
                            for factor in row { value *= factor }
                            out[line * width + column] = value
                        }
                    }
                }
            })
    }

    /// For each place the factors it is multiplied by, in order.
    private static func ramp(count: Int, leading: Int, trailing: Int) -> [[Float]] {
        var factors = [[Float]](repeating: [], count: count)
        for step in 0..<leading { factors[step].append(Float(Double(step + 1) / Double(leading))) }
        for step in 0..<trailing { factors[step == 0 ? 0 : count - step].append(Float(Double(step + 1) / Double(trailing))) }
        return factors
    }

    /// 1 where the mask is above a value, else 0.
    public func thresholded(above value: Float) -> Mask { Mask(values.map { $0 > value ? 1 : 0 }) }

    /// Bright parts grown by `steps` places, or shrunk by as many if negative.
    ///
    /// - Parameter tapered: grows along rows and columns only, which makes diamonds; otherwise squares.
    public func grown(by steps: Int, tapered: Bool) throws -> Mask {
        guard steps != 0 else { return self }
        let planes = values.reshaped([batch, height, width, 1])
        guard tapered else {
            // n steps with a 3 × 3 square are one with a square of 2n + 1.
            let kernel = 2 * min(abs(steps), max(height, width)) + 1
            return Mask(try (steps > 0 ? planes.dilated(kernel) : planes.eroded(kernel)).reshaped(values.shape))
        }
        var current = steps > 0 ? values : values.map { -$0 }
        for _ in 0..<abs(steps) {
            try Cancellation.check()
            let next = Self.spread(current, height: height, width: width)
            if next.hasSameBits(as: current) { break }
            current = next
        }
        return Mask(steps > 0 ? current : current.map { -$0 })
    }

    /// The largest of each place and its four neighbours.
    private static func spread(_ values: Tensor, height: Int, width: Int) -> Tensor {
        Tensor(shape: values.shape) { out in
            values.withFloats { x in
                for line in 0..<values.shape[0] * height {
                    let y = line % height
                    for column in 0..<width {
                        let index = line * width + column
                        var value = x[index]
                        if column > 0 { value = max(value, x[index - 1]) }
                        if column < width - 1 { value = max(value, x[index + 1]) }
                        if y > 0 { value = max(value, x[index - width]) }
                        if y < height - 1 { value = max(value, x[index + width]) }
                        out[index] = value
                    }
                }
            }
        }
    }
}

extension Image {
    /// 1 where a pixel, in 8 bits, is exactly one colour.
    ///
    /// - Parameter colour: 0xRRGGBB.
    public func mask(ofColour colour: Int) -> Mask {
        let wanted = [16, 8, 0].map { Float(colour >> $0 & 0xFF) }
        return Mask(
            Tensor(shape: [batch, height, width]) { out in
                pixels.withFloats { x in
                    for pixel in 0..<out.count {
                        var equal = true
                        for channel in 0..<3 {
                            let value = max(0, min(1, x[pixel * channels + min(channel, channels - 1)])) * 255
                            equal = equal && value.rounded(.toNearestOrEven) == wanted[channel]
                        }
                        out[pixel] = equal ? 1 : 0
                    }
                }
            })
    }
}
