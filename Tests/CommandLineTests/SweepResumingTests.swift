import Foundation
import Testing

@Suite("A sweep that was stopped")
struct SweepResumingTests {
    private let program: Program
    private let models = Program.project.appending(path: "Workflows/models").path
    init() throws {
        program = try Program()
        try program.write(
            "flow.yaml",
            """
            nodes:
              base: {type: LoadCheckpoint, ckpt_name: tiny-sd1.safetensors}
              positive: {type: CLIPEncode, clip: base, text: a tree}
              negative: {type: CLIPEncode, clip: base, text: ""}
              canvas: {type: EmptyLatentImage, width: 64, height: 64}
              sampled: {type: KSampler, model: base, positive: positive, negative: negative, latent_image: canvas, seed: 1, steps: 40, cfg: 4}
              picture: {type: VAEDecode, samples: sampled, vae: base}
              saved: {type: SaveImage, images: picture, filename_prefix: a}
            """)
    }

    private func arguments(_ output: String, _ more: String...) -> [String] {
        ["run", "flow.yaml", "--models", models, "--output-dir", output, "--sweep", "sampled.seed=1..4", "--sweep", "sampled.cfg=2,6"]
            + more
    }

    private func pictures(_ folder: String) -> [String] { program.names(in: folder).filter { !$0.hasPrefix("sweep") } }

    private func sheet(_ outcome: Program.Outcome) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: try #require(outcome.lines.last { $0.contains("sweep") }, "\(outcome.error)")))
    }

    @Test("goes on with --resume, and its sheet shows all points, those of the first run too", arguments: [SIGKILL, SIGINT])
    func resuming(signal: Int32) throws {
        let whole = try program.run(arguments("whole", "--no-cache"), stop: nil)
        let stopped = try program.run(
            arguments("out"), stop: .init(signal: signal) { pictures("out").count { $0.hasSuffix("_.png") } >= 3 })
        #expect(stopped.status == (signal == SIGKILL ? SIGKILL : 130))
        let again = try program.run(arguments("out", "--resume"), stop: nil)
        #expect(again.status == 0, "\(again.error)")
        #expect(again.error.contains("were there already"), "\(again.error)")
        // A picture whose run was killed before it was noted is written again.
        #expect(Set(pictures("out")).isSuperset(of: pictures("whole")) && pictures("whole").count == 8)
        #expect(try sheet(again) == sheet(whole))
        // All is there now: nothing runs, and the sheet is the same again.
        let third = try program.run(arguments("out", "--resume"), stop: nil)
        #expect(third.error.contains("8 were there already"), "\(third.error)")
        #expect(try sheet(third) == sheet(whole))
    }
}
