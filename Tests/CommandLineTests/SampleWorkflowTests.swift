import Foundation
import Pictures
import Tensors
import Testing

/// The samples in `Workflows/`, as they are, on the models that come with the project.
@Suite("Sample workflows")
struct SampleWorkflowTests {
    static let folder = Program.project.appending(path: "Workflows")

    static let samples = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".json") }.sorted()

    @Test("a sample is in order, runs, and gives pictures with something on them", arguments: samples)
    func runs(name: String) throws {
        let program = try Program()
        let file = Self.folder.appending(path: name).path
        let validated = try program.run("validate", file)
        #expect(validated.status == 0, "\(validated.error)")
        let outcome = try program.run("run", file)
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(!outcome.lines.isEmpty)
        for path in outcome.lines where path.hasSuffix(".png") {
            let picture = try Picture.read(path)
            let pixels = picture.image.pixels
            #expect(pixels.maximum - pixels.minimum > 0.3, "\(path) is nearly one colour")
        }
    }

    @Test("the same bits for any number of threads, and in every run")
    func threads() throws {
        let program = try Program()
        let file = Self.folder.appending(path: "txt2img.yaml").path
        var pictures: Set<Data> = []
        for threads in ["1", "2", "5", "1"] {
            let outcome = try program.run("run", file, "--threads", threads, "--set", "sampled.steps=4")
            let path = try #require(outcome.lines.first, "\(outcome.error)")
            pictures.insert(try Data(contentsOf: URL(fileURLWithPath: path)))
        }
        #expect(pictures.count == 1)
    }

    @Test("Ctrl-C ends within a step with 130, and leaves nothing half-written")
    func interruption() throws {
        let program = try Program()
        let file = Self.folder.appending(path: "txt2img.yaml").path
        let outcome = try program.run(
            "run", file, "--set", "sampled.steps=2000", "--events", "/dev/stderr", "--quiet",
            interruptAfter: "\"event\":\"progress\"")
        #expect(outcome.status == 130, "\(outcome.error.suffix(300))")
        #expect(outcome.error.contains("\"event\":\"interrupted\""))
        #expect(program.names(in: "output").isEmpty)
    }
}
