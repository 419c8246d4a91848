import Foundation
import Pictures
import Testing

@Suite("memory shortage")
struct MemoryShortageTests {
    /// A picture through the embedded model's VAE and back.
    static let workflow = """
        nodes:
          model: {type: LoadCheckpoint, ckpt_name: tiny-sd1.safetensors}
          start: {type: EmptyImage, width: 64, height: 64, color: 8421376}
          latent: {type: VAEEncode, pixels: start, vae: model.VAE}
          picture: {type: VAEDecode, samples: latent, vae: model.VAE}
          saved: {type: SaveImage, images: picture, filename_prefix: small}
        """

    static func run(_ program: Program, failing number: Int?) throws -> Program.Outcome {
        try program.run(
            "run", "flow.yaml", "--models", Program.project.path + "/Workflows/models", "--no-cache", "--quiet",
            environment: number.map { ["DARKROOM_FAIL_ALLOCATION": "\($0)"] } ?? [:])
    }

    static func newest(_ outcome: Program.Outcome) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: try #require(outcome.lines.last)))
    }

    @Test("an allocation that fails ends the run with a message and a code of its own, or changes nothing: never other bits")
    func everyAllocation() throws {
        let program = try Program()
        try program.write("flow.yaml", Self.workflow)
        let expected = try Self.newest(Self.run(program, failing: nil))
        var (number, ended) = (1, 0)
        while number < 100_000 {
            let outcome = try Self.run(program, failing: number)
            if outcome.status == 0 {
                #expect(try Self.newest(outcome) == expected, "allocation \(number)")
                break
            }
            #expect(outcome.status == 4, "allocation \(number): \(outcome.error)")
            #expect(outcome.error.contains("error: out of memory: no "), "allocation \(number): \(outcome.error)")
            #expect(outcome.error.contains("hint: choose a smaller size"), "allocation \(number): \(outcome.error)")
            ended += 1
            // All of the first few, then fewer and fewer: the run makes hundreds.
            number += max(1, number / 3)
        }
        #expect(ended > 5, "no allocation failed")
    }
}
