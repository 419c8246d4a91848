internal import Cancellations
import Tensors

/// How the loss of colours is hidden.
public enum Dithering: String, Sendable, CaseIterable {
    case none
    /// The error of a pixel goes to those that follow.
    case floydSteinberg = "floyd-steinberg"
    /// A regular pattern of offsets, n × n.
    case bayer2 = "bayer-2", bayer4 = "bayer-4", bayer8 = "bayer-8", bayer16 = "bayer-16"

    var bayerLevels: Int? {
        switch self {
        case .none, .floydSteinberg: nil
        case .bayer2: 1
        case .bayer4: 2
        case .bayer8: 3
        case .bayer16: 4
        }
    }
}

extension Image {
    /// Each picture with few colours, chosen for it by median cut.
    ///
    /// - Parameter colours: 1…256.
    public func quantized(colours: Int, dithering: Dithering) throws -> Image {
        let rgb = withChannels(3)
        return Image(
            try Tensor(shape: [batch, height, width, 3]) { out in
                for item in 0..<batch {
                    let bytes = rgb.pixels.item(item).quantizedToBytes()
                    let palette = try Palette(medianCutOf: bytes, colours: colours)
                    let indexes = try palette.indexes(of: bytes, width: width, height: height, dithering: dithering)
                    let start = item * height * width * 3
                    for (pixel, index) in indexes.enumerated() {
                        for channel in 0..<3 {
                            out[start + pixel * 3 + channel] = Float(palette.colours[index][channel]) / 255
                        }
                    }
                }
            })
    }
}

/// A few colours that stand for all.
struct Palette {
    /// Red, green, blue.
    let colours: [[UInt8]]
    /// Numbers by 0xRRGGBB.
    private let exact: [Int: Int]

    private static func table(_ colours: [[UInt8]]) -> [Int: Int] {
        Dictionary(
            colours.enumerated().map { (Int($0.element[0]) << 16 | Int($0.element[1]) << 8 | Int($0.element[2]), $0.offset) },
            uniquingKeysWith: { first, _ in first })
    }

    init(_ colours: [[UInt8]]) {
        self.colours = colours
        exact = Self.table(colours)
    }

    /// The number of the same colour or, if there is none, of the nearest, the first of equals. For the nearest the two lowest
    /// bits don't count: Pillow's table has a place for every fourth value only.
    private func nearest(_ r: Int, _ g: Int, _ b: Int, cache: inout [Int16]) -> Int {
        if let exact = exact[r << 16 | g << 8 | b] { return exact }
        let key = (r >> 2) << 12 | (g >> 2) << 6 | b >> 2
        if cache[key] >= 0 { return Int(cache[key]) }
        var best = 0
        var smallest = Int.max
        for (index, colour) in colours.enumerated() {
            let dr = (r & ~3) - Int(colour[0])
            let dg = (g & ~3) - Int(colour[1])
            let db = (b & ~3) - Int(colour[2])
            let distance = dr * dr + dg * dg + db * db
            if distance < smallest { (smallest, best) = (distance, index) }
        }
        cache[key] = Int16(best)
        return best
    }

    func indexes(of bytes: [UInt8], width: Int, height: Int, dithering: Dithering) throws -> [Int] {
        var cache = [Int16](repeating: -1, count: 1 << 18)
        if dithering == .floydSteinberg { return try diffused(bytes, width: width, height: height, cache: &cache) }
        let offsets = dithering.bayerLevels.map { Self.bayer($0, spread: 2 * 256 / Float(colours.count)) } ?? [[0]]
        var indexes: [Int] = []
        indexes.reserveCapacity(width * height)
        for y in 0..<height {
            try Cancellation.check()
            for x in 0..<width {
                let offset = offsets[y % offsets.count][x % offsets.count]
                let pixel = (y * width + x) * 3
                func value(_ channel: Int) -> Int { Int(max(0, min(255, Float(bytes[pixel + channel]) + offset))) }
                indexes.append(nearest(value(0), value(1), value(2), cache: &cache))
            }
        }
        return indexes
    }

    /// Bayer's matrix, its mean at 0.5 and its range `spread`.
    private static func bayer(_ levels: Int, spread: Float) -> [[Float]] {
        var matrix: [[Float]] = [[0]]
        var scale: Float = 1
        for _ in 0..<levels {
            scale *= 4
            let unit = scale
            func shifted(_ offset: Float) -> [[Float]] { matrix.map { $0.map { ($0 * unit + offset) / unit } } }
            let (a, b, c, d) = (shifted(-1.5), shifted(0.5), shifted(1.5), shifted(-0.5))
            matrix = zip(a, b).map { $0 + $1 } + zip(c, d).map { $0 + $1 }
        }
        return matrix.map { $0.map { spread * $0 + 0.5 } }
    }

    /// Floyd and Steinberg 1976, in sixteenths: 7 to the next pixel, 3, 5 and 1 to those below.
    private func diffused(_ bytes: [UInt8], width: Int, height: Int, cache: inout [Int16]) throws -> [Int] {
        var indexes: [Int] = []
        indexes.reserveCapacity(width * height)
        var below = [Int](repeating: 0, count: (width + 2) * 3)
        for y in 0..<height {
            try Cancellation.check()
            let above = below
            below = [Int](repeating: 0, count: (width + 2) * 3)
            var carried = [0, 0, 0]
            // Blue's errors at the last two pixels.
            var errors = [0, 0]
            for x in 0..<width {
                var value = [0, 0, 0]
                for channel in 0..<3 {
                    let wanted = Int(bytes[(y * width + x) * 3 + channel])
                    value[channel] = max(0, min(255, wanted + (carried[channel] + above[(x + 1) * 3 + channel]) / 16))
                }
                let index = nearest(value[0], value[1], value[2], cache: &cache)
                indexes.append(index)
                for channel in 0..<3 {
                    let error = value[channel] - Int(colours[index][channel])
                    carried[channel] = 7 * error
                    below[x * 3 + channel] += 3 * error
                    below[(x + 1) * 3 + channel] += 5 * error
                    below[(x + 2) * 3 + channel] += error
                }
                if x > 0 { errors[0] = errors[1] }
                errors[1] = carried[2] / 7
            }
            // Pillow takes blue's error for all channels at the end of a row: what falls from the last two pixels for red,
            // the last one alone for green and blue.
            let end = width * 3
            below[end] = 5 * errors[1] + errors[0]
            below[end + 1] = errors[1]
            below[end + 2] = errors[1]
        }
        return indexes
    }
}
