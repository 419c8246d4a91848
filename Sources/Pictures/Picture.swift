internal import Files

/// A picture read from a file: what LoadImage sees.
public struct Picture: Sendable {
    public enum Format: String, Sendable, CaseIterable { case png, jpeg, webp, gif, bmp }

    public var format: Format
    /// `[frames, height, width, 3]`, 0…1, upright. Transparent pixels keep the colour that the file stores.
    public var image: Image
    /// `[frames, height, width]`: 1 − alpha. `nil` when nothing says that parts are transparent.
    public var transparency: Mask?
    /// The transparency comes from one colour that a grey or RGB file calls transparent. ComfyUI's LoadImage ignores that,
    /// its LoadImageMask doesn't.
    public var isColorKeyed: Bool
    public var metadata: PictureMetadata
    /// What a person should know though reading went well.
    public var notes: [String]

    /// Said of a file that lacks its end, but no pixel.
    static let cutNote = "the file breaks off behind its last pixel; the picture is whole, but the file was probably cut short"

    /// Reads a PNG, JPEG, WebP, GIF or BMP file. The kind is told by content, never by name. EXIF orientation is applied;
    /// an animation becomes a batch. A file that breaks off behind its last pixel is read, with a note.
    public static func read(_ path: String, limits: PictureLimits = .standard) throws(PictureError) -> Picture {
        try read(bytes: FileBytes.read(path, limit: limits.fileBytes), name: path, limits: limits)
    }

    /// Reads a picture from memory.
    ///
    /// - Parameter name: what messages call it.
    public static func read(
        bytes: [UInt8], name: String, limits: PictureLimits = .standard
    ) throws(PictureError) -> Picture {
        switch try Format(bytes, name: name) {
        case .png: try PNGReader.read(bytes, name: name, limits: limits)
        case .jpeg: try JPEGReader.read(bytes, name: name, limits: limits)
        case .webp: try WebPReader.read(bytes, name: name, limits: limits)
        case .gif: try GIFReader.read(bytes, name: name, limits: limits)
        case .bmp: try BMPReader.read(bytes, name: name, limits: limits)
        }
    }
}

extension PictureMetadata {
    /// The texts in a picture file, without decoding its pixels.
    public static func read(_ path: String, limits: PictureLimits = .standard) throws(PictureError) -> PictureMetadata {
        try read(bytes: FileBytes.read(path, limit: limits.fileBytes), name: path, limits: limits)
    }

    /// The texts of a picture in memory.
    public static func read(
        bytes: [UInt8], name: String, limits: PictureLimits = .standard
    ) throws(PictureError) -> PictureMetadata {
        switch try Picture.Format(bytes, name: name) {
        case .png: try PNGReader.metadata(bytes, name: name, limits: limits)
        case .jpeg: try JPEGReader.metadata(bytes, name: name, limits: limits)
        case .webp: try WebPReader.metadata(bytes, name: name, limits: limits)
        case .gif, .bmp: PictureMetadata()
        }
    }
}

extension Picture.Format {
    /// Tells the kind of picture by its first bytes; `nil` when it isn't one that is known.
    public init?(signature bytes: some Collection<UInt8>) {
        let start = Array(bytes.prefix(12))
        if start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if start.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if start.starts(with: Array("RIFF".utf8)), start.dropFirst(8).starts(with: Array("WEBP".utf8)) {
            self = .webp
        } else if start.starts(with: Array("GIF87a".utf8)) || start.starts(with: Array("GIF89a".utf8)) {
            self = .gif
        } else if start.starts(with: Array("BM".utf8)), start.count >= 10, start[6..<10].allSatisfy({ $0 == 0 }) {
            self = .bmp
        } else {
            return nil
        }
    }

    init(_ bytes: [UInt8], name: String) throws(PictureError) {
        guard let format = Self(signature: bytes) else {
            if bytes.isEmpty {
                throw PictureError(code: .truncated, file: name, offset: 0, reason: "the file is empty", hint: "copy it again")
            }
            guard let kind = ContentKind(bytes) else {
                throw PictureError(
                    code: .unknownFormat, file: name, offset: 0,
                    reason: "the file doesn't start like a PNG, JPEG, WebP, GIF or BMP picture", hint: "save it as PNG")
            }
            throw PictureError(
                code: .unknownFormat, file: name, offset: 0, reason: "this is \(kind.title), no picture that can be read",
                hint: kind.remedy ?? "save it as PNG")
        }
        self = format
    }
}
