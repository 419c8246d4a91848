internal import Tensors

/// Computes a picture in overlapping tiles that are blended with linear ramps: less memory, another picture near the seams.
///
/// Positions, ramps and rounding follow ComfyUI's `tiled_scale`, which decides the values in the overlaps.
struct Tiling: Sendable {
    /// Size of a tile, in cells of the input.
    var height: Int
    var width: Int
    /// How far neighbouring tiles overlap, in cells of the input; smaller than a tile.
    var overlap: Int
    /// Size of the output against the input: 8 when decoding, ⅛ when encoding.
    var scale: Double

    /// Where tiles start along a side, the last one maybe shorter than the others.
    private func starts(_ size: Int, tile: Int) -> [Int] {
        size > tile ? Array(stride(from: 0, to: size - overlap, by: max(tile - overlap, 1))) : [0]
    }

    /// How many tiles a picture of that size takes.
    func count(height inputHeight: Int, width inputWidth: Int) -> Int {
        fits(inputHeight, inputWidth) ? 1 : starts(inputHeight, tile: height).count * starts(inputWidth, tile: width).count
    }

    private func fits(_ inputHeight: Int, _ inputWidth: Int) -> Bool { inputHeight <= height && inputWidth <= width }

    private func scaled(_ value: Int) -> Int { Int((Double(value) * scale).rounded(.toNearestOrEven)) }

    /// Weights along a side of a tile: ramps of the overlap's length at both ends, as at the border of the picture too.
    private func ramps(_ length: Int) -> [Float] {
        var weights = [Float](repeating: 1, count: length)
        let feather = scaled(overlap)
        guard feather < length else { return weights }
        for step in 0..<feather {
            let weight = Float(step + 1) / Float(feather)
            weights[step] *= weight
            weights[length - 1 - step] *= weight
        }
        return weights
    }

    /// - Parameters:
    ///   - x: one picture, `[1, height, width, channels]`.
    ///   - done: called after each tile; may throw to stop.
    ///   - compute: the tile's output; its size is the tile's, scaled.
    /// - Returns: `[1, height', width', channels']`.
    func callAsFunction(
        _ x: Tensor, done: () throws -> Void = {}, _ compute: (Tensor) throws -> Tensor
    ) throws -> Tensor {
        let (inputHeight, inputWidth) = (x.shape[1], x.shape[2])
        if fits(inputHeight, inputWidth) {
            let whole = try compute(x)
            try done()
            return whole
        }
        let (outHeight, outWidth) = (scaled(inputHeight), scaled(inputWidth))
        var sums: [Float] = []
        var weights = [Float](repeating: 0, count: outHeight * outWidth)
        var channels = 0
        for startRow in starts(inputHeight, tile: height) {
            for startColumn in starts(inputWidth, tile: width) {
                let row = max(0, min(inputHeight - overlap, startRow))
                let column = max(0, min(inputWidth - overlap, startColumn))
                let part = x.narrowed(1, from: row, count: min(height, inputHeight - row))
                    .narrowed(2, from: column, count: min(width, inputWidth - column))
                let tile = try compute(part)
                if sums.isEmpty {
                    channels = tile.shape[3]
                    sums = [Float](repeating: 0, count: outHeight * outWidth * channels)
                }
                add(tile, atRow: scaled(row), column: scaled(column), to: &sums, &weights, outHeight, outWidth)
                try done()
            }
        }
        return Tensor(shape: [1, outHeight, outWidth, channels]) { out in
            for pixel in 0..<outHeight * outWidth {
                for channel in 0..<channels { out[pixel * channels + channel] = sums[pixel * channels + channel] / weights[pixel] }
            }
        }
    }

    private func add(
        _ tile: Tensor, atRow top: Int, column left: Int, to sums: inout [Float], _ weights: inout [Float], _ outHeight: Int,
        _ outWidth: Int
    ) {
        let channels = tile.shape[3]
        let (rowRamps, columnRamps) = (ramps(tile.shape[1]), ramps(tile.shape[2]))
        tile.withFloats { tile in
            for row in 0..<min(rowRamps.count, outHeight - top) {
                for column in 0..<min(columnRamps.count, outWidth - left) {
                    let weight = rowRamps[row] * columnRamps[column]
                    let pixel = (top + row) * outWidth + left + column
                    weights[pixel] += weight
                    for channel in 0..<channels {
                        sums[pixel * channels + channel] +=
                            tile[(row * columnRamps.count + column) * channels + channel] * weight
                    }
                }
            }
        }
    }
}
