import Files
import Testing

@Suite("What a file is, by its first bytes") struct ContentKindTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        var bytes: [UInt8]
        var words: String
        var testDescription: String { words }
        init(_ bytes: [UInt8], _ words: String) { (self.bytes, self.words) = (bytes, words) }
        init(_ text: String, _ words: String) { self.init(Array(text.utf8), words) }
    }

    static let samples: [Sample] = [
        Sample("", "an empty file"),
        Sample(
            "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 4265146304\n",
            "a pointer of git-lfs to a file of 4265146304 bytes"),
        Sample("\n\n<!DOCTYPE html><html><head><title> Sign in </title>", "a web page (HTML): \"Sign in \""),
        Sample("\u{FEFF}<HTML lang=en>", "a web page (HTML)"),
        Sample("<!-- cached --><html></html>", "a web page (HTML)"),
        Sample(
            "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
            "a server's error message (XML): \"AccessDenied: Request has expired\""),
        Sample("<Error><Code>NoSuchKey</Code></Error>", "a server's error message (XML): \"NoSuchKey\""),
        Sample("<?xml version=\"1.0\"?><svg xmlns=\"x\">", "an SVG drawing"),
        Sample("{\"error\": \"Repository not found\"}", "a server's message (JSON): {\"error\": \"Repository not found\"}"),
        Sample("{\"metadata\": {}, \"weight_map\": {}}", "the index of a model in several files (JSON)"),
        Sample("{\"_class_name\": \"UNet2DConditionModel\"}", "a model's configuration (JSON)"),
        Sample("{\"1\": {\"class_type\": \"KSampler\"}}", "a workflow (JSON)"),
        Sample("Entry not found", "a text file that begins \"Entry not found\""),
        Sample([UInt8](repeating: 0, count: 4096), "a file of zeros"),
        Sample([0x42, 0x4D, 0x36, 0x10, 0, 0, 0, 0, 0, 0, 0x36, 0, 0, 0], "a BMP picture"),
        Sample([0x49, 0x49, 0x2A, 0, 8, 0, 0, 0], "a TIFF picture"), Sample([0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8], "a TIFF picture"),
        Sample([0, 0, 0, 0x20] + Array("ftypavif".utf8), "an AVIF picture"),
        Sample([0, 0, 0, 0x20] + Array("ftypheic".utf8), "a HEIC picture"),
        Sample([0, 0, 0, 0x20] + Array("ftypisom".utf8), "a video (MP4 or QuickTime)"),
        Sample([0x50, 0x4B, 3, 4, 20, 0], "a zip archive"), Sample("GGUF\u{3}", "a model file (GGUF)"),
        Sample(
            [64, 0, 0, 0, 0, 0, 0, 0] + Array("{\"latent_tensor\":{\"dtype\"".utf8), "a latent (safetensors)"),
        Sample([64, 0, 0, 0, 0, 0, 0, 0] + Array("{\"x\":{\"dtype\":\"F16\"".utf8), "a model file (safetensors)"),
    ]

    @Test("what a download leaves behind is called by its name", arguments: samples)
    func names(sample: Sample) {
        #expect(ContentKind(sample.bytes)?.title == sample.words)
    }

    @Test("bytes that nothing is known of are nothing")
    func unknown() {
        #expect(ContentKind([1, 2, 3, 4, 5, 6, 7, 8]) == nil)
        #expect(ContentKind([0x80, 0xFF, 0, 0]) == nil)
    }

    @Test("a character that the first bytes cut in two doesn't make a text something else")
    func cutCharacter() {
        let text = "a" + String(repeating: "é", count: 4000)
        #expect(ContentKind(Array(text.utf8))?.title.hasPrefix("a text file that begins") == true)
    }

    @Test("a page says what brings the file")
    func remedies() throws {
        for text in ["version https://git-lfs.github.com/spec/v1", "<!doctype html>", "{\"message\": \"no\"}", "Not Found"] {
            #expect(ContentKind(Array(text.utf8))?.remedy != nil, "\(text)")
        }
    }
}
