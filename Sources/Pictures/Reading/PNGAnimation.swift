import Tensors

/// An animated PNG (PNG third edition, chunks acTL, fcTL and fdAT): a still picture, and more frames for those who know.
struct PNGAnimation {
    /// What the file says of one frame, and its compressed pixels.
    struct Frame {
        var area: FrameCanvas.Area
        /// 0 leaves the canvas, 1 clears the area, 2 puts back what was there before.
        var disposal: UInt8
        /// Whether transparent parts let the canvas through.
        var isOver: Bool
        var content: [ArraySlice<UInt8>] = []
    }

    private(set) var frames: [Frame] = []
    /// Header and what else every frame needs (palette, transparency).
    private var common: [PNGChunks.Chunk] = []
    private let bytes: [UInt8]

    /// `nil` when the file has no animation, or none that can be told from damage: then the still picture is read.
    init?(_ bytes: [UInt8]) {
        self.bytes = bytes
        guard let chunks = PNGChunks.list(bytes), chunks.contains(where: { $0.name == "acTL" }),
            let header = chunks.first, header.name == "IHDR", header.content.count == 13
        else { return nil }
        for chunk in chunks {
            let content = chunk.content
            let start = content.startIndex
            switch chunk.name {
            case "IHDR", "PLTE", "tRNS": common.append(chunk)
            case "fcTL":
                guard content.count == 26 else { return nil }
                func number(_ offset: Int) -> Int { content[start + offset..<start + offset + 4].bigEndianInteger }
                frames.append(
                    Frame(
                        area: .init(x: number(12), y: number(16), width: number(4), height: number(8)),
                        disposal: content[start + 24], isOver: content[start + 25] == 1))
            case "IDAT":
                if frames.isEmpty {
                    // Pixels before the first frame control: a picture for those who don't know animations, yet shown.
                    let size = header.content
                    let (width, height) = (size.prefix(4).bigEndianInteger, size.dropFirst(4).prefix(4).bigEndianInteger)
                    frames.append(
                        Frame(area: .init(x: 0, y: 0, width: width, height: height), disposal: 0, isOver: false))
                }
                frames[frames.count - 1].content.append(content)
            case "fdAT":
                // A sequence number, then as in IDAT.
                guard content.count >= 4, !frames.isEmpty else { return nil }
                frames[frames.count - 1].content.append(content.dropFirst(4))
            default: continue
            }
        }
        frames.removeAll { $0.content.isEmpty }
    }

    /// All frames, drawn one on the other.
    func read(name: String, limits: PictureLimits) throws(PictureError) -> Picture {
        guard let header = common.first?.content else {
            throw PictureError(code: .corrupt, file: name, reason: "the animation has no header")
        }
        var canvas = FrameCanvas(
            width: header.prefix(4).bigEndianInteger, height: header.dropFirst(4).prefix(4).bigEndianInteger)
        try limits.check(width: canvas.width, height: canvas.height, frames: frames.count, in: name)
        canvas.clear()
        var pictures: [Tensor] = []
        var masks: [Tensor] = []
        var hasAlpha = false
        for (number, frame) in frames.enumerated() {
            guard frame.area.fits(width: canvas.width, height: canvas.height) else {
                throw PictureError(
                    code: .corrupt, file: name,
                    reason: "frame \(number) of \(frame.area.width) × \(frame.area.height) at (\(frame.area.x), "
                        + "\(frame.area.y)) leaves the \(canvas.width) × \(canvas.height) picture")
            }
            let decoded = try PNGReader.rgba(still(of: frame, name: name), name: name, limits: limits)
            hasAlpha = hasAlpha || decoded.hasAlpha
            let before = frame.disposal == 2 ? canvas.pixels : nil
            canvas.draw(decoded.pixels, in: frame.area, over: frame.isOver)
            let (image, mask) = try canvas.frame()
            pictures.append(image.pixels)
            if let mask { masks.append(mask.values) }
            if let before {
                canvas.pixels = before
            } else if frame.disposal == 1 {
                canvas.clear(frame.area)
            }
        }
        return Picture(
            format: .png, image: Image(Tensor.concatenated(pictures, along: 0)),
            transparency: hasAlpha ? Mask(Tensor.concatenated(masks, along: 0)) : nil, isColorKeyed: false,
            metadata: try PNGReader.metadata(bytes, name: name, limits: limits), notes: [])
    }

    /// The frame as a PNG file of its own.
    private func still(of frame: Frame, name: String) throws(PictureError) -> [UInt8] {
        var header: [UInt8] = []
        header.append(bigEndian: frame.area.width, bytes: 4)
        header.append(bigEndian: frame.area.height, bytes: 4)
        if let whole = common.first?.content { header += whole.dropFirst(8) }
        var chunks = [PNGChunks.Chunk(name: "IHDR", content: header[...])] + common.dropFirst()
        chunks += frame.content.map { PNGChunks.Chunk(name: "IDAT", content: $0) }
        chunks.append(PNGChunks.Chunk(name: "IEND", content: []))
        return try PNGChunks.assemble(chunks, name: name)
    }
}
