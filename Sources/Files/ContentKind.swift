/// What a file is, told by its first bytes: for messages about a file that isn't what its name says.
///
/// A download that went wrong leaves a page, a message or a pointer under the name of the model or picture that was wanted. Whoever reads it
/// should hear what is there and what brings the real file.
public struct ContentKind: Sendable, Hashable {
    /// With its article: "a web page (HTML)".
    public var title: String
    /// What helps whoever wanted something else; `nil` where nothing in general does.
    public var remedy: String?

    init(_ title: String, remedy: String? = nil) {
        self.title = title
        self.remedy = remedy
    }

    /// How many bytes of a file are enough to tell.
    public static let telling = 4096

    /// - Parameter bytes: a file's beginning, at least `telling` bytes of it where it has as many.
    /// - Returns: `nil` for bytes that nothing is known of.
    public init?(_ bytes: some Collection<UInt8>) {
        let start = Array(bytes.prefix(Self.telling))
        if start.isEmpty {
            self.init("an empty file", remedy: "download or save it again")
        } else if let known = Self.signatures.first(where: { $0.matches(start) }) {
            self.init(known.title, remedy: known.remedy)
        } else if let modelFile = Self.modelFile(start) {
            self = modelFile
        } else if start.count >= 512, start.allSatisfy({ $0 == 0 }) {
            self.init(
                "a file of zeros", remedy: "room was made for it and the download never came: download it again")
        } else if let text = TextBeginning(start)?.kind {
            self = text
        } else {
            return nil
        }
    }

    // MARK: Binary files

    private struct Signature {
        var parts: [(offset: Int, bytes: [UInt8])]
        var title: String
        var remedy: String?

        init(_ title: String, _ text: String, at offset: Int = 0, _ more: (offset: Int, bytes: [UInt8])..., remedy: String? = nil) {
            self.init(title, Array(text.utf8), at: offset, more, remedy: remedy)
        }

        init(_ title: String, bytes: [UInt8], remedy: String? = nil) { self.init(title, bytes, at: 0, [], remedy: remedy) }

        private init(_ title: String, _ bytes: [UInt8], at offset: Int, _ more: [(offset: Int, bytes: [UInt8])], remedy: String?) {
            parts = [(offset, bytes)] + more
            self.title = title
            self.remedy = remedy
        }

        func matches(_ start: [UInt8]) -> Bool {
            parts.allSatisfy { start.count >= $0.offset + $0.bytes.count && start[$0.offset...].starts(with: $0.bytes) }
        }
    }

    private static let unpack = "unpack it first"

    /// Source: the formats' own specifications.
    private static let signatures: [Signature] = [
        Signature("a PNG picture", bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
        Signature("a JPEG picture", bytes: [0xFF, 0xD8, 0xFF]),
        Signature("a WebP picture", "RIFF", (8, Array("WEBP".utf8))),
        Signature("a GIF picture", "GIF87a"), Signature("a GIF picture", "GIF89a"),
        // The two reserved words of a BMP are zero, and its pixels begin within 64 KiB.
        Signature("a BMP picture", "BM", (6, [0, 0, 0, 0]), (12, [0, 0])),
        Signature("a TIFF picture", bytes: [0x49, 0x49, 0x2A, 0x00]), Signature("a TIFF picture", bytes: [0x4D, 0x4D, 0x00, 0x2A]),
        Signature("a TIFF picture (BigTIFF)", bytes: [0x49, 0x49, 0x2B, 0x00]),
        Signature("a TIFF picture (BigTIFF)", bytes: [0x4D, 0x4D, 0x00, 0x2B]),
        Signature("an AVIF picture", "ftypavif", at: 4), Signature("an AVIF picture", "ftypavis", at: 4),
        Signature("a HEIC picture", "ftyphei", at: 4), Signature("a HEIC picture", "ftyphev", at: 4),
        Signature("a HEIC picture", "ftypmif1", at: 4), Signature("a HEIC picture", "ftypmsf1", at: 4),
        Signature("a Photoshop picture (PSD)", "8BPS"),
        Signature("a JPEG XL picture", bytes: [0xFF, 0x0A]), Signature("a JPEG XL picture", "JXL \r\n", at: 4),
        Signature("a JPEG 2000 picture", "jP  \r\n", at: 4), Signature("a JPEG 2000 picture", bytes: [0xFF, 0x4F, 0xFF, 0x51]),
        Signature("an icon (ICO)", bytes: [0, 0, 1, 0]), Signature("an OpenEXR picture", bytes: [0x76, 0x2F, 0x31, 0x01]),
        Signature("a Radiance HDR picture", "#?RADIANCE"), Signature("a GIMP picture (XCF)", "gimp xcf"),
        Signature("a DDS texture", "DDS "), Signature("a camera's raw picture", "FUJIFILMCCD-RAW"),
        Signature("a Netpbm picture", "P6\n"), Signature("a Netpbm picture", "P5\n"), Signature("a Netpbm picture", "P3\n"),
        Signature("a QOI picture", "qoif"),
        // Every other file of ISO's container is a film.
        Signature("a video (MP4 or QuickTime)", "ftyp", at: 4),
        Signature("a video (Matroska or WebM)", bytes: [0x1A, 0x45, 0xDF, 0xA3]),
        Signature("a video (AVI)", "RIFF", (8, Array("AVI ".utf8))), Signature("a sound (WAV)", "RIFF", (8, Array("WAVE".utf8))),
        Signature("a video (Flash)", "FLV"), Signature("a sound (FLAC)", "fLaC"), Signature("a sound (Ogg)", "OggS"),
        Signature("a sound (MP3)", "ID3"),
        Signature("a model file (GGUF)", "GGUF"),
        Signature("a model file (HDF5, of Keras)", bytes: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]),
        Signature("a model file (TensorFlow Lite)", "TFL3", at: 4),
        Signature("an array of NumPy (.npy)", bytes: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]),
        Signature("a zip archive", bytes: [0x50, 0x4B, 0x03, 0x04], remedy: unpack),
        Signature("an empty zip archive", bytes: [0x50, 0x4B, 0x05, 0x06]),
        Signature("a gzip archive", bytes: [0x1F, 0x8B], remedy: unpack),
        Signature("a bzip2 archive", "BZh", (4, [0x31, 0x41, 0x59, 0x26]), remedy: unpack),
        Signature("an xz archive", bytes: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], remedy: unpack),
        Signature("a Zstandard archive", bytes: [0x28, 0xB5, 0x2F, 0xFD], remedy: unpack),
        Signature("a 7z archive", bytes: [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], remedy: unpack),
        Signature("a RAR archive", "Rar!\u{1A}\u{07}", remedy: unpack), Signature("a tar archive", "ustar", at: 257, remedy: unpack),
        Signature("a Python pickle", bytes: [0x80, 0x02]), Signature("a Python pickle", bytes: [0x80, 0x03]),
        Signature("a Python pickle", bytes: [0x80, 0x04]), Signature("a Python pickle", bytes: [0x80, 0x05]),
        Signature("a PDF document", "%PDF-"), Signature("a database (SQLite)", "SQLite format 3"),
        Signature("a program (ELF)", bytes: [0x7F, 0x45, 0x4C, 0x46]),
    ]

    /// A safetensors file: the length of a header, and a header.
    private static func modelFile(_ start: [UInt8]) -> ContentKind? {
        guard start.count > 16, start[8] == UInt8(ascii: "{"), start[4..<8].allSatisfy({ $0 == 0 }) else { return nil }
        guard start[8...].starts(with: #"{"latent_tensor""#.utf8) || String(decoding: start, as: UTF8.self).contains("\"latent_tensor\"")
        else { return ContentKind("a model file (safetensors)") }
        return ContentKind("a latent (safetensors)", remedy: "load it with LoadLatent")
    }
}
