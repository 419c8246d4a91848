import Foundation
import Testing

@Suite("--memory")
struct MemoryBudgetTests {
    /// A picture of 512×512 through the embedded model's VAE and back: whole it takes some hundred MB.
    static let workflow = """
        nodes:
          model: {type: LoadCheckpoint, ckpt_name: tiny-sd1.safetensors}
          start: {type: EmptyImage, width: 512, height: 512, color: 8421376}
          latent: {type: VAEEncode, pixels: start, vae: model.VAE}
          picture: {type: VAEDecode, samples: latent, vae: model.VAE}
          saved: {type: SaveImage, images: picture, filename_prefix: large}
        """
    static let small = ["--memory", "90M"]

    static func run(_ program: Program, cache: String, _ arguments: [String]) throws -> Program.Outcome {
        try program.run(
            [
                "run", "flow.yaml", "--models", Program.project.path + "/Workflows/models", "--cache-dir", cache, "--quiet", "--threads",
                "2",
                "--events", cache + ".events",
            ] + arguments, stop: nil)
    }

    static func picture(_ outcome: Program.Outcome) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: try #require(outcome.lines.last, "\(outcome.error)")))
    }

    @Test("changes neither a bit of the picture nor a key: each run takes the results of the other")
    func sameBits() throws {
        let program = try Program()
        try program.write("flow.yaml", Self.workflow)
        let roomy = program.folder.path + "/roomy", tight = program.folder.path + "/tight"
        let whole = try Self.run(program, cache: roomy, [])
        let banded = try Self.run(program, cache: tight, Self.small)
        #expect(try Self.picture(banded) == Self.picture(whole))
        // Bands tell every layer, a whole picture tells nothing on its way.
        #expect(try String(contentsOfFile: tight + ".events", encoding: .utf8).contains("\"event\":\"progress\""))
        #expect(try !String(contentsOfFile: roomy + ".events", encoding: .utf8).contains("\"event\":\"progress\""))

        for (cache, options) in [(roomy, Self.small), (tight, [])] {
            let again = try Self.run(program, cache: cache, options + ["--set", "saved.filename_prefix=again", "--json"])
            #expect(again.status == 0)
            struct Report: Decodable {
                struct Node: Decodable {
                    var id: String
                    var status: String
                }
                var nodes: [Node]
            }
            let nodes = try JSONDecoder().decode(Report.self, from: Data(again.output.utf8)).nodes
            #expect(nodes.filter { $0.status == "ran" }.map(\.id) == ["saved"])
        }
    }

    @Test("refuses what no way can compute, and says how much would do")
    func tooLittle() throws {
        let program = try Program()
        try program.write("flow.yaml", Self.workflow)
        let outcome = try Self.run(program, cache: program.folder.path + "/cache", ["--memory", "40M"])
        #expect(outcome.status == 4)
        #expect(outcome.error.contains("encoding 512×512 pixels needs at least "))
        #expect(outcome.error.contains("40 MiB are allowed"))
        #expect(outcome.error.contains("--memory "))
    }

    @Test("a folder that can't take what doesn't fit is an error with a remedy")
    func noFolder() throws {
        let program = try Program()
        try program.write("flow.yaml", Self.workflow)
        let outcome = try program.run(
            "run", "flow.yaml", "--models", Program.project.path + "/Workflows/models", "--no-cache", "--threads", "2", "--memory", "90M",
            environment: ["TMPDIR": program.folder.path + "/nowhere"])
        #expect(outcome.status == 1)
        #expect(outcome.error.contains("/nowhere can't take parts of a picture"))
        #expect(outcome.error.contains("TMPDIR"))
    }
}
