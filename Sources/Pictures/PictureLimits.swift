/// How much a picture from outside may ask for. Beyond it reading stops with an error, before memory is taken.
public struct PictureLimits: Sendable, Equatable {
    /// Longest side, in pixels.
    public var side: Int
    /// Pixels of all frames together. At 12 bytes a pixel (float32 RGB) this bounds the memory that reading takes.
    public var pixels: Int
    /// Frames of an animation.
    public var frames: Int
    /// Size of the file.
    public var fileBytes: Int
    /// Size of a text in the picture once unpacked; longer ones are left out.
    public var textBytes: Int
    /// Number of texts and other side data.
    public var chunks: Int

    public init(
        side: Int = 32_768, pixels: Int = 100_000_000, frames: Int = 4096, fileBytes: Int = 1 << 30,
        textBytes: Int = 64 << 20, chunks: Int = 1000
    ) {
        self.side = side
        self.pixels = pixels
        self.frames = frames
        self.fileBytes = fileBytes
        self.textBytes = textBytes
        self.chunks = chunks
    }

    public static let standard = PictureLimits()

    /// Refuses sizes beyond the limits, and empty ones.
    func check(width: Int, height: Int, frames: Int = 1, in file: String) throws(PictureError) {
        guard width > 0, height > 0, frames > 0 else {
            throw PictureError(code: .corrupt, file: file, reason: "the picture is empty: \(width) × \(height), \(frames) frames")
        }
        let (area, overflow) = width.multipliedReportingOverflow(by: height)
        guard width <= side, height <= side, !overflow, area <= pixels / frames, frames <= self.frames else {
            let count = frames == 1 ? "" : ", \(frames) frames"
            throw PictureError(
                code: .tooLarge, file: file,
                reason: "\(width) × \(height) pixels\(count) are more than the \(pixels) pixels (\(side) a side, "
                    + "\(self.frames) frames) that are accepted",
                hint: "make it smaller first, if it really is a picture of that size")
        }
    }
}
