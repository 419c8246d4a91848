import Tensors

/// What the frames of an animation are drawn on: RGBA bytes.
struct FrameCanvas {
    struct Area {
        var x: Int, y: Int, width: Int, height: Int

        /// Whether it lies inside a canvas and has pixels.
        func fits(width limitX: Int, height limitY: Int) -> Bool {
            x >= 0 && y >= 0 && width > 0 && height > 0 && width <= limitX && height <= limitY
                && x <= limitX - width && y <= limitY - height
        }
    }

    let width: Int
    let height: Int
    var pixels: [UInt8] = []

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// All transparent black. Call once the size was checked.
    mutating func clear() { pixels = [UInt8](repeating: 0, count: width * height * 4) }

    mutating func clear(_ area: Area) {
        for y in area.y..<area.y + area.height {
            let start = (y * width + area.x) * 4
            for index in start..<start + area.width * 4 { pixels[index] = 0 }
        }
    }

    /// Puts RGBA pixels into an area inside the canvas.
    ///
    /// - Parameter over: what is transparent lets the canvas through; otherwise alpha is replaced like the colours.
    mutating func draw(_ source: [UInt8], in area: Area, over: Bool) {
        pixels.withUnsafeMutableBufferPointer { pixels in
            for row in 0..<area.height {
                for column in 0..<area.width {
                    let from = (row * area.width + column) * 4
                    let to = ((area.y + row) * width + area.x + column) * 4
                    let alpha = Int(source[from + 3])
                    if !over || alpha == 255 {
                        for channel in 0..<4 { pixels[to + channel] = source[from + channel] }
                    } else if alpha > 0 {
                        // Porter and Duff's "over", in 255ths.
                        let below = Int(pixels[to + 3]) * (255 - alpha)
                        let total = alpha * 255 + below
                        for channel in 0..<3 {
                            let sum = Int(source[from + channel]) * alpha * 255 + Int(pixels[to + channel]) * below
                            pixels[to + channel] = UInt8((sum + total / 2) / total)
                        }
                        pixels[to + 3] = UInt8((total + 127) / 255)
                    }
                }
            }
        }
    }

    /// The canvas as a picture, and 1 − alpha.
    func frame() throws(PictureError) -> (image: Image, transparency: Mask?) {
        var y = 0
        return try pixels.withUnsafeBufferPointer { (pixels) throws(PictureError) in
            try PixelRows.read(height: height, width: width, channels: 4) { (row) throws(PictureError) in
                if let start = pixels.baseAddress { row.update(from: start + y * width * 4, count: width * 4) }
                y += 1
            }
        }
    }
}
