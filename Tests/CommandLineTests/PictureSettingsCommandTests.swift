import Foundation
import Pictures
import Tensors
import Testing

@Suite("What a picture carries") struct PictureSettingsCommandTests {
    let program: Program
    init() throws { program = try Program() }

    private static let prompt =
        #"{"1": {"class_type": "EmptyImage", "inputs": {"width": 16, "height": 8, "batch_size": 1, "color": 0}}, "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "a"}}}"#
    private static let workflow =
        #"{"nodes": [{"id": 1, "type": "EmptyImage", "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": [1]}], "widgets_values": [24, 8, 1, 0]}, {"id": 2, "type": "SaveImage", "inputs": [{"name": "images", "type": "IMAGE", "link": 1}], "widgets_values": ["a"]}], "links": [[1, 1, 0, 2, 0, "IMAGE"]]}"#

    private func picture(_ texts: KeyValuePairs<String, String>) throws -> String {
        let metadata = PictureMetadata(texts.map { .init(key: $0.key, text: $0.value) })
        let bytes = try PNGWriter.encode(Image(Tensor.zeros([1, 8, 8, 3])), metadata: metadata)
        try Data(bytes).write(to: URL(fileURLWithPath: program.folder.path).appending(path: "p.png"))
        return "p.png"
    }

    private func width(_ outcome: Program.Outcome) throws -> Int {
        try Picture.read(try #require(outcome.lines.first, "\(outcome.error)")).image.width
    }

    @Test(
        "a damaged prompt doesn't hide the workflow",
        arguments: [String(prompt.prefix(40)), "", "{}", "null", #"{"1": {"class_type": "SaveImage", "inputs": {"images": ["9", 0]}}}"#])
    func damagedPrompt(prompt: String) throws {
        let outcome = try program.run("run", try picture(["prompt": prompt, "workflow": Self.workflow]))
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(try width(outcome) == 24)
        #expect(outcome.error.contains("unreadable-part"))
    }

    @Test("what ran counts before what the window showed; a prompt older than a widget gets its default")
    func olderPrompt() throws {
        let old = Self.prompt.replacing(#", "color": 0"#, with: "")
        let outcome = try program.run("run", try picture(["prompt": old, "workflow": Self.workflow]))
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(try width(outcome) == 16)
        #expect(outcome.error.contains("1.color isn't given"))
    }

    @Test("a prompt under another name is found")
    func otherName() throws {
        let outcome = try program.run(
            "run", try picture(["parameters": Self.prompt.replacing("{\"1\"", with: "{\"extra\": {\"airs\": []}, \"1\"")]))
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(try width(outcome) == 16)
    }

    @Test("what a picture without workflow does carry is said")
    func nothing() throws {
        let outcome = try program.run("validate", try picture(["Software": "GIMP", "Comment": "hello"]))
        #expect(outcome.status != 0)
        #expect(outcome.error.contains("\"Software\", \"Comment\""), "\(outcome.error)")
        let other = try program.run("validate", try picture(["Description": "a house --v 6 Job ID: 1"]))
        #expect(other.error.contains("Midjourney") && !other.error.contains("stripped"), "\(other.error)")
    }

    @Test("models are found by their hash: of the file, of its tensors, and by the trainer's name")
    func hashes() throws {
        func safetensors(_ metadata: String, _ data: [UInt8]) -> Data {
            let header = Array(#"{\#(metadata)"a": {"dtype": "U8", "shape": [\#(data.count)], "data_offsets": [0, \#(data.count)]}}"#.utf8)
            return Data((0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + data)
        }
        let loras = URL(fileURLWithPath: program.folder.path).appending(path: "models/loras")
        try FileManager.default.createDirectory(at: loras, withIntermediateDirectories: true)
        try safetensors(#""__metadata__": {"ss_output_name": "Trained Name"}, "#, [1, 2, 3]).write(
            to: loras.appending(path: "renamed.safetensors"))
        // SHA-256 of the bytes 1, 2, 3.
        let text =
            "a <lora:Old Name:0.5> <lora:trained name:0.25>\nSteps: 1, Sampler: Euler, CFG scale: 1, Seed: 1, Size: 64x64, Model: tiny-sd1, Lora hashes: \"Old Name: 039058c6f2c0\""
        let outcome = try program.run("convert", try picture(["parameters": text]), "--to", "api", "--models", "models")
        #expect(
            outcome.output.components(separatedBy: "\"lora_name\": \"renamed.safetensors\"").count == 3,
            "\(outcome.output) \(outcome.error)")
        #expect(outcome.error.contains("it has the hash 039058c6f2c0"), "\(outcome.error)")
    }
}

extension PictureSettingsCommandTests {
    @Test("settings in a text file are run like those of a picture")
    func textFile() throws {
        try program.write(
            "a.txt", "a red house: big\nNegative prompt: blurry\nSteps: 1, Sampler: Euler, CFG scale: 1, Seed: 7, Size: 64x64, Model: x")
        let outcome = try program.run("convert", "a.txt", "--to", "api")
        #expect(outcome.output.contains("\"seed\": 7"), "\(outcome.error)")
    }
}
