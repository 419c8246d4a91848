import Foundation
import Synchronization
import Testing

@Suite("darkroom watch", .serialized)
struct WatchTests {
    private let program: Program
    private let models = Program.project.appending(path: "Workflows/models").path
    private let samples = Program.project.appending(path: "Workflows/input").path
    init() throws {
        program = try Program()
        try FileManager.default.createDirectory(atPath: program.folder.path + "/input", withIntermediateDirectories: true)
    }

    private func path(_ name: String) -> String { program.folder.path + "/" + name }

    /// Something to do once the program has said something.
    private struct Step {
        var text: String
        /// A file the text shows in; `nil`: what the program says on stderr since the step before.
        var file: String?
        var action: () throws -> Void
        init(after text: String, in file: String? = nil, _ action: @escaping () throws -> Void) {
            (self.text, self.file, self.action) = (text, file, action)
        }
    }

    private static let waiting = "waiting for"

    /// Watches, does each step when its text has shown since the step before, and presses Ctrl-C after the last one.
    ///
    /// - Returns: what was said up to each step, and afterwards.
    private func watch(_ file: String = "flow.yaml", _ more: [String] = [], _ steps: [Step]) throws -> (said: [String], status: Int32) {
        var said: [String] = [], offset = 0
        let start = Date()
        let outcome = try program.run(
            ["watch", file, "--models", models] + more,
            stop: .init(signal: SIGINT) {
                let data = try Data(contentsOf: URL(fileURLWithPath: path(".stderr")))
                let text = String(decoding: data.dropFirst(offset), as: UTF8.self)
                // Not what is tested: only so that a mistake can't stop all tests.
                if Date().timeIntervalSince(start) > 120 { return true }
                guard said.count < steps.count else { return true }
                let step = steps[said.count]
                let place = step.file.map { (try? String(contentsOfFile: path($0), encoding: .utf8)) ?? "" } ?? text
                guard place.contains(step.text) else { return false }
                (offset, said) = (data.count, said + [text])
                try steps[said.count - 1].action()
                return said.count == steps.count
            })
        #expect(said.count == steps.count, "it never said \"\(steps[min(said.count, steps.count - 1)].text)\": \(outcome.error)")
        return (said, outcome.status)
    }

    private func flow(colour: Int, image: String = "a.png") -> String {
        """
        nodes:
          red: {type: EmptyImage, width: 16, height: 16, color: \(colour)}
          loaded: {type: LoadImage, image: \(image)}
          both: {type: ImageStitch, image1: red, image2: loaded.IMAGE, direction: right, match_image_size: true}
          saved: {type: SaveImage, images: both, filename_prefix: a}
        """
    }

    private var pictures: Int { program.names(in: "output").count { $0.hasSuffix(".png") } }

    private func copy(_ name: String, to place: String) throws {
        try Data(contentsOf: URL(fileURLWithPath: samples + "/" + name)).write(to: URL(fileURLWithPath: path(place)), options: .atomic)
    }

    @Test("runs again when the workflow or a picture is saved, by renaming or in place; broken, missing and unchanged files run nothing")
    func saving() throws {
        try copy("tree.png", to: "input/a.png")
        try program.write("flow.yaml", flow(colour: 1))
        var counts: [Int] = []
        func count() { counts.append(pictures) }
        let (said, status) = try watch(
            "flow.yaml", [],
            [
                // Renamed into place, as editors do.
                Step(after: Self.waiting) {
                    count(); try program.write("flow.yaml", flow(colour: 2))
                },
                // Cut off in the middle, in place.
                Step(after: Self.waiting) {
                    count()
                    try Data(flow(colour: 3).utf8.prefix(70)).write(to: URL(fileURLWithPath: path("flow.yaml")))
                },
                Step(after: Self.waiting) {
                    count(); try Data(flow(colour: 3).utf8).write(to: URL(fileURLWithPath: path("flow.yaml")))
                },
                Step(after: Self.waiting) {
                    count(); try copy("house.png", to: "input/a.png")
                },
                // Gone, and back as another one.
                Step(after: Self.waiting) {
                    count()
                    try FileManager.default.removeItem(atPath: path("flow.yaml"))
                    usleep(500_000)
                    try program.write("flow.yaml", flow(colour: 4))
                },
                // A picture that isn't there yet.
                Step(after: Self.waiting) {
                    count(); try program.write("flow.yaml", flow(colour: 4, image: "b.png"))
                },
                Step(after: Self.waiting) {
                    count(); try copy("tree.png", to: "input/b.png")
                },
                // A comment changes nothing.
                Step(after: Self.waiting) {
                    count(); try program.write("flow.yaml", "# again\n" + flow(colour: 4, image: "b.png"))
                },
                Step(after: Self.waiting) { count() },
            ])
        #expect(counts == [1, 2, 2, 3, 4, 5, 5, 6, 6])
        #expect(status == 0)
        #expect(said[2].contains("flow.yaml:") && said[2].contains("error"), "\(said[2])")
        #expect(said[6].contains("b.png"), "\(said[6])")
        #expect(said[8].contains("4 reused"), "\(said[8])")
    }

    @Test("runs again when a called workflow is saved, also after a mistake in it")
    func calledWorkflows() throws {
        let inner = """
            parameters: {colour: 5}
            nodes: {red: {type: EmptyImage, width: 16, height: 16, color: "${colour}"}}
            outputs: {image: red}
            """
        try program.write("inner.yaml", inner)
        try program.write(
            "flow.yaml", "nodes:\n  a: {workflow: inner.yaml}\n  saved: {type: SaveImage, images: a.image, filename_prefix: a}")
        var counts: [Int] = []
        let (said, _) = try watch(
            "flow.yaml", [],
            [
                Step(after: Self.waiting) {
                    counts.append(pictures); try program.write("inner.yaml", inner.replacing("colour: 5", with: "colour: 6"))
                },
                Step(after: Self.waiting) {
                    counts.append(pictures); try program.write("inner.yaml", inner.replacing("EmptyImage", with: "EmptyImagge"))
                },
                Step(after: Self.waiting) {
                    counts.append(pictures); try program.write("inner.yaml", inner.replacing("colour: 5", with: "colour: 7"))
                },
                Step(after: Self.waiting) { counts.append(pictures) },
            ])
        #expect(counts == [1, 2, 2, 3])
        #expect(said[2].contains("inner.yaml:"), "\(said[2])")
    }

    @Test("a save in the middle of a run starts it again; Ctrl-C in the middle ends it with 130")
    func inTheMiddle() throws {
        func long(_ steps: Int) -> String {
            """
            nodes:
              base: {type: LoadCheckpoint, ckpt_name: tiny-sd1.safetensors}
              text: {type: CLIPEncode, clip: base, text: a tree}
              canvas: {type: EmptyLatentImage, width: 64, height: 64}
              sampled: {type: KSampler, model: base, positive: text, negative: text, latent_image: canvas, seed: 1, steps: \(steps), cfg: 1}
              picture: {type: VAEDecode, samples: sampled, vae: base}
              saved: {type: SaveImage, images: picture, filename_prefix: a}
            """
        }
        try program.write("flow.yaml", long(9000))
        let (said, status) = try watch(
            "flow.yaml", ["--events", "events"],
            [
                Step(after: "\"event\":\"progress\"", in: "events") { try program.write("flow.yaml", "# a comment\n" + long(9000)) },
                // The same sampler as before.
                Step(after: "resumed at step") { try program.write("flow.yaml", long(2)) },
                Step(after: Self.waiting) { try program.write("flow.yaml", long(7000)) },
                Step(after: "\"of\":7000", in: "events") {},
            ])
        #expect(said[1].contains("something was saved: starting again"), "\(said[1].suffix(300))")
        #expect(status == 130)
        #expect(pictures == 1)
    }
}
