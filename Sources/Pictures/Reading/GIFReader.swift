import CGIF
import Tensors

/// GIF (CompuServe, version 89a) by giflib. Every frame is put on the canvas as the file says.
enum GIFReader {
    static func read(_ bytes: [UInt8], name: String, limits: PictureLimits) throws(PictureError) -> Picture {
        let source = Source(bytes)
        var code: Int32 = 0
        // giflib reads through a callback; `source` outlives the reader.
        let opened = DGifOpen(
            Unmanaged.passUnretained(source).toOpaque(),
            { file, target, count in
                guard let file, let target, count > 0, let state = file.pointee.UserData else { return 0 }
                return Int32(Unmanaged<Source>.fromOpaque(state).takeUnretainedValue().read(into: target, count: Int(count)))
            }, &code)
        guard let gif = opened else { throw failure(code, source: source, name: name) }
        defer {
            DGifCloseFile(gif, &code)
            withExtendedLifetime(source) {}
        }
        var canvas = FrameCanvas(width: Int(gif.pointee.SWidth), height: Int(gif.pointee.SHeight))
        try limits.check(width: canvas.width, height: canvas.height, in: name)
        canvas.clear()
        var frames: [Tensor] = []
        var masks: [Tensor] = []
        var usesTransparency = false
        var control = GIFControl()
        var notes: [String] = []
        records: while true {
            var record = GifRecordType(0)
            guard DGifGetRecordType(gif, &record) == GIF_OK else {
                // Between two frames; only the end mark, or something that isn't for pictures, can be missing or wrong here.
                guard !frames.isEmpty else { throw failure(gif.pointee.Error, source: source, name: name) }
                notes.append(cutNote(source, frames: frames.count))
                break records
            }
            switch record {
            case IMAGE_DESC_RECORD_TYPE:
                try limits.check(width: canvas.width, height: canvas.height, frames: frames.count + 1, in: name)
                let before = control.restoresPrevious ? canvas.pixels : nil
                let area = try readImage(gif, control: control, on: &canvas, source: source, name: name)
                let (image, mask) = try canvas.frame()
                // Later frames use a transparent colour to leave pixels as they were: that alone isn't transparency.
                if frames.isEmpty ? control.transparentIndex != nil : mask?.values.isZero == false {
                    usesTransparency = true
                }
                frames.append(image.pixels)
                if let mask { masks.append(mask.values) }
                if let before {
                    canvas.pixels = before
                } else if control.clearsArea {
                    canvas.clear(area)
                }
                control = GIFControl()
            case EXTENSION_RECORD_TYPE:
                do throws(PictureError) {
                    try readExtension(gif, into: &control, source: source, name: name)
                } catch {
                    guard error.code == .truncated, !frames.isEmpty else { throw error }
                    notes.append(cutNote(source, frames: frames.count))
                    break records
                }
            case TERMINATE_RECORD_TYPE: break records
            default: throw failure(gif.pointee.Error, source: source, name: name)
            }
        }
        guard !frames.isEmpty else {
            throw PictureError(code: .corrupt, file: name, reason: "the GIF holds no picture")
        }
        return Picture(
            format: .gif, image: Image(Tensor.concatenated(frames, along: 0)),
            transparency: usesTransparency ? Mask(Tensor.concatenated(masks, along: 0)) : nil,
            isColorKeyed: false, metadata: PictureMetadata(), notes: notes)
    }

    /// Said of a file that has no end mark: nobody knows how many frames were to come.
    private static func cutNote(_ source: Source, frames: Int) -> String {
        guard source.endedEarly else { return "something unknown follows the last picture of the file and is left aside" }
        let count = frames == 1 ? "its picture" : "\(frames) frames"
        return "the file breaks off behind \(count); if more were to come, they are missing"
    }

    /// Decodes one image onto the canvas; gives back the area it covers.
    private static func readImage(
        _ gif: UnsafeMutablePointer<GifFileType>, control: GIFControl, on canvas: inout FrameCanvas, source: Source,
        name: String
    ) throws(PictureError) -> FrameCanvas.Area {
        guard DGifGetImageDesc(gif) == GIF_OK else { throw failure(gif.pointee.Error, source: source, name: name) }
        let description = gif.pointee.Image
        let area = FrameCanvas.Area(
            x: Int(description.Left), y: Int(description.Top), width: Int(description.Width),
            height: Int(description.Height))
        guard area.fits(width: canvas.width, height: canvas.height) else {
            throw PictureError(
                code: .corrupt, file: name, offset: source.position,
                reason: "a frame of \(area.width) × \(area.height) at (\(area.x), \(area.y)) leaves the "
                    + "\(canvas.width) × \(canvas.height) picture")
        }
        guard let map = description.ColorMap ?? gif.pointee.SColorMap, let colours = map.pointee.Colors else {
            throw PictureError(code: .corrupt, file: name, offset: source.position, reason: "the GIF has no colour table")
        }
        let palette = UnsafeBufferPointer(start: colours, count: Int(map.pointee.ColorCount))
        var line = [UInt8](repeating: 0, count: area.width)
        var rgba = [UInt8](repeating: 0, count: area.width * 4)
        for y in rows(count: area.height, interlaced: description.Interlace) {
            guard DGifGetLine(gif, &line, Int32(area.width)) == GIF_OK else {
                throw failure(gif.pointee.Error, source: source, name: name)
            }
            for (column, index) in line.enumerated() {
                let isOpaque = index != control.transparentIndex && Int(index) < palette.count
                let colour = isOpaque ? palette[Int(index)] : GifColorType()
                rgba[column * 4] = colour.Red
                rgba[column * 4 + 1] = colour.Green
                rgba[column * 4 + 2] = colour.Blue
                rgba[column * 4 + 3] = isOpaque ? 255 : 0
            }
            canvas.draw(rgba, in: .init(x: area.x, y: area.y + y, width: area.width, height: 1), over: true)
        }
        return area
    }

    /// The order in which an image's rows are stored.
    private static func rows(count: Int, interlaced: Bool) -> [Int] {
        guard interlaced else { return Array(0..<count) }
        return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { Array(stride(from: $0.0, to: count, by: $0.1)) }
    }

    private static func readExtension(
        _ gif: UnsafeMutablePointer<GifFileType>, into control: inout GIFControl, source: Source, name: String
    ) throws(PictureError) {
        var code: Int32 = 0
        var block: UnsafeMutablePointer<GifByteType>?
        guard DGifGetExtension(gif, &code, &block) == GIF_OK else {
            throw failure(gif.pointee.Error, source: source, name: name)
        }
        while let content = block {
            // A length byte, then the content.
            if code == GRAPHICS_EXT_FUNC_CODE, content[0] >= 4 {
                control = GIFControl(flags: content[1], index: content[4])
            }
            guard DGifGetExtensionNext(gif, &block) == GIF_OK else {
                throw failure(gif.pointee.Error, source: source, name: name)
            }
        }
    }

    private static func failure(_ code: Int32, source: Source, name: String) -> PictureError {
        if source.endedEarly {
            return PictureError(
                code: .truncated, file: name, offset: source.position, reason: "the GIF data ends early",
                hint: "it was probably cut short while it was copied or downloaded")
        }
        let said = GifErrorString(code).map { ": " + String(cString: $0) } ?? ""
        return PictureError(
            code: .corrupt, file: name, offset: source.position, reason: "the GIF data is damaged\(said)",
            hint: "open it in a picture editor and save it again, or fetch it anew")
    }

    /// What giflib reads from.
    private final class Source {
        let bytes: [UInt8]
        private(set) var position = 0
        private(set) var endedEarly = false

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        func read(into target: UnsafeMutablePointer<UInt8>, count: Int) -> Int {
            let available = min(count, bytes.count - position)
            if available < count { endedEarly = true }
            bytes.withUnsafeBufferPointer { buffer in
                if let start = buffer.baseAddress { target.update(from: start + position, count: available) }
            }
            position += available
            return available
        }
    }
}

/// The block before a GIF image: what is transparent, and what happens to the image once it was shown.
private struct GIFControl {
    var transparentIndex: UInt8?
    var clearsArea = false
    var restoresPrevious = false

    init() {}

    init(flags: UInt8, index: UInt8) {
        transparentIndex = flags & 1 != 0 ? index : nil
        clearsArea = flags >> 2 & 7 == 2
        restoresPrevious = flags >> 2 & 7 == 3
    }
}
