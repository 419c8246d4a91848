import Checkpoints
import Foundation
import Tensors
import Testing

@Suite("Files that are no models") struct ForeignFileTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    struct Sample: Sendable, CustomTestStringConvertible {
        var text: String
        var word: String
        var testDescription: String { word }
    }

    @Test(
        "whatever its ending, a page, a pointer or a message is called what it is, with a remedy",
        arguments: [
            Sample(text: "version https://git-lfs.github.com/spec/v1\nsize 12\n", word: "git-lfs"),
            Sample(text: "<!DOCTYPE html><html><title>Log in</title></html>", word: "web page"),
            Sample(text: "<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", word: "AccessDenied"),
            Sample(text: "{\"error\":\"gated\"}", word: "JSON"), Sample(text: "Entry not found", word: "Entry not found"),
            Sample(text: "", word: "empty"), Sample(text: "%PDF-1.7 x", word: "PDF"),
        ], ["safetensors", "ckpt", "pt", "bin", "gguf", "sft"])
    func foreign(sample: Sample, ending: String) throws {
        let path = try folder.write(Array(sample.text.utf8), to: "m.\(ending)")
        let error = #expect(throws: CheckpointError.self) { try CheckpointFile.open(path) }
        #expect(error?.code == .unknownFormat)
        #expect(error?.reason.contains(sample.word) == true, "\(error?.reason ?? "")")
        #expect(error?.hint != nil || sample.word == "PDF")
    }

    @Test("a picture in place of a model is called a picture")
    func picture() throws {
        let path = try folder.write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0], to: "m.pt")
        let error = #expect(throws: CheckpointError.self) { try CheckpointFile.open(path) }
        #expect(error?.reason == "this is a PNG picture, no model")
    }

    @Test("a file of tensors that was cut short says so, and what helps")
    func cut() throws {
        let json = #"{"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#
        let whole = safetensors(json, data: [UInt8](repeating: 1, count: 16))
        for count in [whole.count - 1, whole.count - 15, 20] {
            let path = try folder.write(Array(whole.prefix(count)), to: "m.safetensors")
            let error = #expect(throws: CheckpointError.self) { try CheckpointFile.open(path) }
            #expect(error?.code == .truncated)
            #expect(error?.hint?.contains("cut short") == true)
        }
    }

    @Test("values of the metadata that are no texts are read as they are written, and nested ones left out")
    func metadata() throws {
        let json = #"{"__metadata__":{"ss_epoch":3,"lr":1e-4,"ok":true,"no":null,"tags":{"a":[1,{"b":2}]},"last":"x"}}"#
        let file = try SafetensorsFile(path: folder.write(safetensors(json), to: "m.safetensors"))
        #expect(file.metadata == ["ss_epoch": "3", "lr": "1e-4", "ok": "true", "no": "null", "last": "x"])
        let none = try SafetensorsFile(path: folder.write(safetensors(#"{"__metadata__":null}"#), to: "n.safetensors"))
        #expect(none.metadata.isEmpty)
    }
}
