import Testing

@testable import Pictures

@Suite("Texts in pictures") struct PictureTextTests {
    static let settings = "Steps: 4, Sampler: Euler, Seed: 5"

    enum Order { case big, little }

    static func utf16(_ text: String, _ order: Order) -> [UInt8] {
        text.utf16.flatMap { order == .big ? [UInt8($0 >> 8), UInt8($0 & 0xFF)] : [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    }

    static func mark(_ name: String) -> [UInt8] { Array(name.utf8) + [UInt8](repeating: 0, count: 8 - name.utf8.count) }

    @Test(
        "a UserComment is read in the order of bytes in which all of it makes sense, whatever its first character",
        arguments: ["一座红色的房子", "红色的房子", "a house", "Дом на холме", "家の絵", "\u{1F3E0} house", "丠一"], [Order.big, .little])
    func byteOrder(prompt: String, order: Order) {
        let text = prompt + "\nNegative prompt: blurry\n" + Self.settings
        #expect(TextEncoding.comment(Self.mark("UNICODE") + Self.utf16(text, order)) == text)
        #expect(TextEncoding.comment(Self.mark("UNICODE") + Self.utf16("\u{FEFF}" + text, order)) == text, "with a mark")
        #expect(TextEncoding.comment(Self.mark("UNICODE") + Self.utf16(text, order) + [0, 0, 0]) == text, "with zeros behind it")
    }

    @Test("what isn't in the encoding that it claims is read as what it is")
    func wrongClaims() {
        let text = "红色的房子\n" + Self.settings
        for mark in ["UNICODE", "ASCII", "", "UTF-8", "JIS"] {
            #expect(TextEncoding.comment(Self.mark(mark) + Array(text.utf8)) == text, "UTF-8 as \(mark)")
        }
        #expect(TextEncoding.comment(Array(text.utf8)) == text, "no mark")
        #expect(TextEncoding.comment(Self.mark("ASCII") + Self.utf16(text + Self.settings, .little)) == text + Self.settings)
        #expect(TextEncoding.comment([]) == "")
        #expect(TextEncoding.comment(Self.mark("UNICODE")) == "")
    }

    @Test("JIS is read with escape sequences and as Shift JIS")
    func japanese() {
        // 家 is 0x3248 in JIS X 0208, 0x89C6 in Shift JIS.
        let escaped: [UInt8] = [0x1B, 0x24, 0x42, 0x32, 0x48, 0x1B, 0x28, 0x42] + Array(", Steps: 4".utf8)
        #expect(TextEncoding.comment(Self.mark("JIS") + escaped) == "家, Steps: 4")
        #expect(TextEncoding.comment(Self.mark("JIS") + [0x89, 0xC6] + Array(", Steps: 4".utf8)) == "家, Steps: 4")
    }

    @Test("bytes that are UTF-8 are that, others are Latin-1")
    func latin1() {
        #expect(TextEncoding.text(Array("红".utf8)) == "红")
        #expect(TextEncoding.text([0x63, 0x61, 0x66, 0xE9]) == "café")
        #expect(TextEncoding.text([0xEF, 0xBB, 0xBF, 0x61]) == "a")
        #expect(TextEncoding.text([0x61, 0, 0, 0]) == "a")
    }

    // MARK: In files

    /// A TIFF block: fields of the first directory and of EXIF's own.
    static func exif(_ order: Order, main: [(tag: Int, type: Int, bytes: [UInt8])] = [], detail: [(tag: Int, type: Int, bytes: [UInt8])])
        -> [UInt8]
    {
        func number(_ value: Int, _ count: Int) -> [UInt8] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
            return order == .big ? bytes : bytes.reversed()
        }
        let detailStart = 8 + 2 + 12 * (main.count + 1) + 4
        var dataStart = detailStart + 2 + 12 * detail.count + 4
        var data: [UInt8] = []
        func directory(_ fields: [(tag: Int, type: Int, bytes: [UInt8])], pointer: Bool) -> [UInt8] {
            var bytes = number(fields.count + (pointer ? 1 : 0), 2)
            for field in fields {
                bytes += number(field.tag, 2) + number(field.type, 2) + number(field.bytes.count, 4)
                if field.bytes.count <= 4 {
                    bytes += field.bytes + [UInt8](repeating: 0, count: 4 - field.bytes.count)
                } else {
                    bytes += number(dataStart, 4)
                    data += field.bytes
                    dataStart += field.bytes.count
                }
            }
            if pointer { bytes += number(0x8769, 2) + number(4, 2) + number(1, 4) + number(detailStart, 4) }
            return bytes + number(0, 4)
        }
        let head = (order == .big ? Array("MM".utf8) : Array("II".utf8)) + number(42, 2) + number(8, 4)
        return head + directory(main, pointer: true) + directory(detail, pointer: false) + data
    }

    static func jpeg(_ segments: [(marker: UInt8, content: [UInt8])]) throws -> [UInt8] {
        let whole = try ExpectedValues.bytes("photo.jpg")
        var bytes = Array(whole[..<2])
        for segment in segments {
            let count = segment.content.count + 2
            bytes += [0xFF, segment.marker, UInt8(count >> 8), UInt8(count & 0xFF)]
            bytes += segment.content
        }
        return bytes + whole[2...]
    }

    static func webp(_ chunks: [(name: String, content: [UInt8])]) throws -> [UInt8] {
        func little(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
            Array(name.utf8) + little(content.count) + content + (content.count % 2 == 1 ? [0] : [])
        }
        let whole = try ExpectedValues.bytes("lossless.webp")
        let picture = try Picture.read(bytes: whole, name: "w").image
        let flags: UInt8 = 0x08 | 0x04
        let size = little(picture.width - 1)[..<3] + little(picture.height - 1)[..<3]
        var body = Array("WEBP".utf8) + chunk("VP8X", [flags, 0, 0, 0] + size)
        body += whole[12...]
        for added in chunks { body += chunk(added.name, added.content) }
        return Array("RIFF".utf8) + little(body.count) + body
    }

    static let xmp = """
        <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description xmp:CreatorTool="Draw Things">
        <exif:UserComment><rdf:Alt><rdf:li xml:lang="x-default">{&quot;c&quot;:&quot;a &lt;red&gt; house &#x7EA2;&quot;}</rdf:li></rdf:Alt>
        </exif:UserComment></rdf:Description></rdf:RDF></x:xmpmeta>
        """
    static let xmpEntries = [
        PictureMetadata.Entry(key: "XMP:UserComment", text: "{\"c\":\"a <red> house 红\"}"),
        PictureMetadata.Entry(key: "XMP:CreatorTool", text: "Draw Things"),
    ]

    @Test("JPEG's EXIF, comment and XMP are read")
    func inJPEG() throws {
        let text = "红色的房子\n" + Self.settings
        let bytes = try Self.jpeg([
            (
                0xE1,
                Array("Exif\0\0".utf8)
                    + Self.exif(
                        .little, main: [(0x010E, 2, Array("café".utf8)), (0x9C9C, 1, Self.utf16("红色", .little) + [0, 0])],
                        detail: [(0x9286, 7, Self.mark("UNICODE") + Self.utf16(text, .big))])
            ),
            (0xE1, Array((XMP.marker + Self.xmp).utf8)), (0xFE, Array("红".utf8)),
        ])
        let metadata = try PictureMetadata.read(bytes: bytes, name: "a.jpg")
        #expect(metadata["parameters"] == text)
        #expect(metadata["ImageDescription"] == "café")
        #expect(metadata["XPComment"] == "红色")
        #expect(metadata["Comment"] == "红")
        #expect(metadata.entries.filter { $0.key.hasPrefix("XMP") } == Self.xmpEntries)
    }

    @Test("a UserComment of type ASCII without a mark is read")
    func plainComment() throws {
        let bytes = Self.exif(.big, detail: [(0x9286, 2, Array("{\"prompt\": \"x\"}\0".utf8))])
        #expect(bytes.withUnsafeBytes { Exif($0).entries } == [.init(key: "parameters", text: "{\"prompt\": \"x\"}")])
    }

    @Test("WebP's EXIF is read with and without JPEG's prefix, XMP beside it", arguments: ["", "Exif\0\0"])
    func inWebP(prefix: String) throws {
        let exif = Self.exif(.big, detail: [(0x9286, 7, Self.mark("ASCII") + Array(Self.settings.utf8))])
        let bytes = try Self.webp([("EXIF", Array(prefix.utf8) + exif), ("XMP ", Array(Self.xmp.utf8))])
        let metadata = try PictureMetadata.read(bytes: bytes, name: "a.webp")
        #expect(metadata["parameters"] == Self.settings)
        #expect(metadata["XMP:CreatorTool"] == "Draw Things")
    }

    @Test("texts of PNG are UTF-8 where their bytes are, XMP and raw profiles are taken apart")
    func inPNG() throws {
        func chunk(_ name: String, _ content: [UInt8]) -> PNGChunks.Chunk { .init(name: name, content: content[...]) }
        let exif = Array("Exif\0\0".utf8) + Self.exif(.big, detail: [(0x9286, 7, Self.mark("ASCII") + Array(Self.settings.utf8))])
        let digits = exif.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        var chunks = try #require(PNGChunks.list(ExpectedValues.bytes("small.png")))
        chunks.insert(
            contentsOf: [
                chunk("tEXt", Array("a\0红".utf8)), chunk("tEXt", [0x62, 0, 0xE9]),
                chunk("iTXt", Array("XML:com.adobe.xmp\0\0\0\0\0\(Self.xmp)".utf8)),
                chunk("tEXt", Array("Raw profile type exif\0\nexif\n    \(exif.count)\n\(digits)\n".utf8)),
            ], at: 1)
        let metadata = try PictureMetadata.read(bytes: PNGChunks.assemble(chunks, name: "a"), name: "a.png")
        #expect(metadata["a"] == "红")
        #expect(metadata["b"] == "é")
        #expect(metadata["parameters"] == Self.settings)
        #expect(metadata.entries.filter { $0.key.hasPrefix("XMP") } == Self.xmpEntries)
    }

    @Test("XMP is read from attributes, CDATA and with other prefixes; a damaged packet gives what can be found")
    func otherXMP() {
        #expect(XMP.entries(in: "<a e:UserComment='x &amp; y'/>").first?.text == "x & y")
        #expect(XMP.entries(in: "<dc:description><![CDATA[a < b]]></dc:description>").first?.text == "a < b")
        #expect(XMP.entries(in: "<exif:UserComment>never closed").isEmpty)
        #expect(XMP.entries(in: "exif:UserComment").isEmpty)
        #expect(XMP.entries(in: "<a e:UserComment='&#xD800; &nope; &'").first?.text == "&#xD800; &nope; &")
    }

    @Test(
        "texts come back as they were written, those that look like another encoding, too",
        arguments: ["a", "café", "红", "Ã©", "é红", "\u{FFFD}"])
    func roundTrip(text: String) throws {
        let metadata = PictureMetadata([.init(key: "a", text: text)])
        let bytes = try PNGWriter.encode(try Picture.read(ExpectedValues.path("small.png")).image, metadata: metadata)
        #expect(try PictureMetadata.read(bytes: bytes, name: "a.png")["a"] == text)
    }
}
