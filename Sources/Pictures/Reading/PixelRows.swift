import Tensors

/// Turns rows of bytes into the float tensors that a picture is made of.
struct PixelRows {
    /// Value `i` is i / 255 in float32.
    private static let scale: [Float] = (0..<256).map { Float($0) / 255 }

    let width: Int
    /// Of a source row: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.
    let channels: Int

    /// Writes one row: `width` RGB triples, and 1 − alpha where the row has alpha and `mask` is given.
    func convert(
        _ row: UnsafePointer<UInt8>, rgb: UnsafeMutablePointer<Float>, mask: UnsafeMutablePointer<Float>?
    ) {
        Self.scale.withUnsafeBufferPointer { scale in
            let colours = channels >= 3 ? 3 : 1
            for x in 0..<width {
                let pixel = row + x * channels
                let target = rgb + x * 3
                target[0] = scale[Int(pixel[0])]
                target[1] = colours == 3 ? scale[Int(pixel[1])] : target[0]
                target[2] = colours == 3 ? scale[Int(pixel[2])] : target[0]
            }
            guard let mask, channels == 2 || channels == 4 else { return }
            for x in 0..<width { mask[x] = 1 - scale[Int(row[x * channels + channels - 1])] }
        }
    }

    /// Makes `[frames, height, width, 3]` and, with alpha, `[frames, height, width]` from rows that are given one after
    /// the other.
    ///
    /// - Parameter next: fills a row of `rowBytes` bytes; called once per row, frame by frame from the top.
    /// - Parameter prepare: looks at a row after it was filled and may change it in place.
    static func read(
        frames: Int = 1, height: Int, width: Int, channels: Int, rowBytes: Int? = nil,
        next: (UnsafeMutablePointer<UInt8>) throws(PictureError) -> Void
    ) throws(PictureError) -> (image: Image, transparency: Mask?) {
        let rows = PixelRows(width: width, channels: channels)
        let hasAlpha = channels == 2 || channels == 4
        var failure: PictureError?
        var mask: Tensor?
        let row = UnsafeMutablePointer<UInt8>.allocate(capacity: max(rowBytes ?? width * channels, 1))
        defer { row.deallocate() }

        func fill(_ rgb: UnsafeMutablePointer<Float>, _ mask: UnsafeMutablePointer<Float>?) {
            for y in 0..<frames * height {
                do throws(PictureError) {
                    try PictureError.checkCancellation()
                    try next(row)
                } catch {
                    failure = error
                    return
                }
                rows.convert(row, rgb: rgb + y * width * 3, mask: mask.map { $0 + y * width })
            }
        }
        let image = Tensor(shape: [frames, height, width, 3]) { rgb in
            guard let rgb = rgb.baseAddress else { return }
            if hasAlpha {
                mask = Tensor(shape: [frames, height, width]) { fill(rgb, $0.baseAddress) }
            } else {
                fill(rgb, nil)
            }
        }
        if let failure { throw failure }
        return (Image(image), mask.map(Mask.init))
    }
}
