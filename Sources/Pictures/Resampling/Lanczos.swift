internal import Cancellations
import Glibc
import Tensors

extension Tensor {
    /// Pictures `[batch, height, width, channels]` resized through 8-bit steps, as Pillow's LANCZOS does: values truncated
    /// to bytes, a windowed sinc of three lobes widened when shrinking, weights of 22 fractional bits, rows first. A fourth
    /// channel is alpha: colours are weighted by it.
    func lanczosResized(width: Int, height: Int) throws -> Tensor {
        let channels = shape[3]
        var bytes = quantizedToBytes()
        if channels == 4 { Premultiplied.multiply(&bytes) }
        var rows = shape[1]
        var columns = shape[2]
        if columns != width {
            let taps = LanczosTaps(from: columns, to: width)
            bytes = try taps.apply(to: bytes, outer: shape[0] * rows, inner: channels)
            columns = width
        }
        if rows != height {
            let taps = LanczosTaps(from: rows, to: height)
            bytes = try taps.apply(to: bytes, outer: shape[0], inner: columns * channels)
            rows = height
        }
        if channels == 4 { Premultiplied.divide(&bytes) }
        return Tensor(shape: [shape[0], height, width, channels]) { out in
            bytes.withUnsafeBufferPointer { bytes in
                for index in 0..<out.count { out[index] = Float(bytes[index]) / 255 }
            }
        }
    }
}

/// Fixed-point weights along one axis.
private struct LanczosTaps {
    static let fractionBits = 22
    let old: Int
    var firsts: [Int] = []
    var weights: [[Int32]] = []

    init(from old: Int, to new: Int) {
        self.old = old
        let scale = Double(old) / Double(new)
        let widening = max(scale, 1)
        let support = 3 * widening
        for place in 0..<new {
            let centre = (Double(place) + 0.5) * scale
            let first = max(0, Int(centre - support + 0.5))
            let end = min(old, Int(centre + support + 0.5))
            let raw = (first..<max(end, first)).map { Self.window((Double($0) - centre + 0.5) / widening) }
            let sum = raw.reduce(0, +)
            firsts.append(first)
            weights.append(
                raw.map { weight in
                    let fixed = (sum == 0 ? weight : weight / sum) * Double(1 << Self.fractionBits)
                    return Int32(fixed < 0 ? fixed - 0.5 : fixed + 0.5)
                })
        }
    }

    /// sinc(x) · sinc(x / 3) between −3 and 3.
    private static func window(_ x: Double) -> Double {
        guard x >= -3, x < 3 else { return 0 }
        func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(x * .pi) / (x * .pi) }
        return sinc(x) * sinc(x / 3)
    }

    /// `[outer, old, inner]` to `[outer, new, inner]`.
    func apply(to bytes: [UInt8], outer: Int, inner: Int) throws -> [UInt8] {
        let new = firsts.count
        return try [UInt8](unsafeUninitializedCapacity: outer * new * inner) { out, count in
            try bytes.withUnsafeBufferPointer { bytes in
                guard let source = bytes.baseAddress, let target = out.baseAddress else { return }
                // Sums of a whole run of channels, or of a row, at a time: the inner loop has no dependencies.
                try withUnsafeTemporaryAllocation(of: Int32.self, capacity: inner) { sums in
                    for group in 0..<outer {
                        for place in 0..<new {
                            // A row of places, or a whole row at a time.
                            if inner > 64 || place == 0 { try Cancellation.check() }
                            weights[place].withUnsafeBufferPointer { weights in
                                Self.weigh(
                                    source + (group * old + firsts[place]) * inner, weights, inner: inner, sums: sums,
                                    into: target + (group * new + place) * inner)
                            }
                        }
                    }
                }
            }
            count = outer * new * inner
        }
    }

    @inline(__always)
    private static func weigh(
        _ source: UnsafePointer<UInt8>, _ weights: UnsafeBufferPointer<Int32>, inner: Int,
        sums: UnsafeMutableBufferPointer<Int32>, into target: UnsafeMutablePointer<UInt8>
    ) {
        let half = Int32(1) << (fractionBits - 1)
        func byte(_ sum: Int32) -> UInt8 { UInt8(truncatingIfNeeded: max(0, min(255, sum >> fractionBits))) }
        if inner == 3 {
            var (red, green, blue) = (half, half, half)
            for tap in 0..<weights.count {
                red &+= weights[tap] &* Int32(source[tap * 3])
                green &+= weights[tap] &* Int32(source[tap * 3 + 1])
                blue &+= weights[tap] &* Int32(source[tap * 3 + 2])
            }
            (target[0], target[1], target[2]) = (byte(red), byte(green), byte(blue))
            return
        }
        for channel in 0..<inner { sums[channel] = half }
        for tap in 0..<weights.count {
            let weight = weights[tap]
            let line = source + tap * inner
            for channel in 0..<inner { sums[channel] &+= weight &* Int32(line[channel]) }
        }
        for channel in 0..<inner { target[channel] = byte(sums[channel]) }
    }
}

/// Colours weighted by alpha, in bytes: without it transparent pixels would bleed into their neighbours.
private enum Premultiplied {
    static func multiply(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBufferPointer { bytes in
            for pixel in stride(from: 0, to: bytes.count, by: 4) {
                let alpha = UInt32(bytes[pixel + 3])
                for channel in pixel..<pixel + 3 {
                    // Rounded division by 255.
                    let product = UInt32(bytes[channel]) * alpha + 128
                    bytes[channel] = UInt8(((product >> 8) + product) >> 8)
                }
            }
        }
    }

    static func divide(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBufferPointer { bytes in
            for pixel in stride(from: 0, to: bytes.count, by: 4) {
                let alpha = UInt32(bytes[pixel + 3])
                guard alpha != 0, alpha != 255 else { continue }
                for channel in pixel..<pixel + 3 {
                    bytes[channel] = UInt8(min(255, 255 * UInt32(bytes[channel]) / alpha))
                }
            }
        }
    }
}
