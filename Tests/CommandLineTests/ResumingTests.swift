import Foundation
import Testing

/// The program is stopped in the middle of a long sampler, and run again.
@Suite("A stopped run")
struct StoppedRunTests {
    /// Workflows by what is special in them. The sampler that is stopped is called `sampled`; it makes `steps` steps.
    private static let workflows: [(name: String, nodes: String)] = [
        ("KSampler", "sampled: {type: KSampler, model: base, <texts>, <numbers>, latent_image: canvas, sampler_name: euler_ancestral}"),
        (
            "KSamplerAdvanced",
            """
            sampled: {type: KSamplerAdvanced, model: base, <texts>, latent_image: canvas, noise_seed: 5, cfg: 4, steps: 300,
                      sampler_name: dpmpp_2m_sde, scheduler: normal, start_at_step: 20, end_at_step: 280, add_noise: enable,
                      return_with_leftover_noise: enable}
            """
        ),
        (
            "SamplerCustomAdvanced",
            """
            noise: {type: RandomNoise, noise_seed: 5}
              guider: {type: CFGGuider, model: base, <texts>, cfg: 4}
              method: {type: KSamplerSelect, sampler_name: dpmpp_sde}
              sigmas: {type: BasicScheduler, model: base, scheduler: karras, steps: 150, denoise: 1}
              sampled: {type: SamplerCustomAdvanced, noise: noise, guider: guider, sampler: method, sigmas: sigmas, latent_image: canvas}
            """
        ),
        (
            "EasyCache",
            """
            patched: {type: EasyCache, model: base, reuse_threshold: 0.05, start_percent: 0, end_percent: 0.95, verbose: false}
              sampled: {type: KSampler, model: patched, <texts>, <numbers>, latent_image: canvas, sampler_name: lms}
            """
        ),
        (
            "LazyCache and momentum",
            """
            momentum: {type: APG, model: base, eta: 0.8, norm_threshold: 5, momentum: -0.5}
              patched: {type: LazyCache, model: momentum, reuse_threshold: 0.02, start_percent: 0.1, end_percent: 0.95, verbose: false}
              sampled: {type: KSampler, model: patched, <texts>, <numbers>, latent_image: canvas, sampler_name: dpmpp_3m_sde}
            """
        ),
        (
            "two samplers in a row",
            """
            first: {type: KSampler, model: base, <texts>, <numbers>, latent_image: canvas, sampler_name: euler, steps: 4}
              sampled: {type: KSampler, model: base, <texts>, <numbers>, latent_image: first, sampler_name: heun}
            """
        ),
    ]

    private static func text(_ nodes: String) -> String {
        let numbers = "seed: 5, cfg: 4, scheduler: normal, denoise: 1"
        let body = nodes.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.replacingOccurrences(of: "<texts>", with: "positive: positive, negative: negative")
                .replacingOccurrences(of: "<numbers>", with: numbers + (line.contains("steps:") ? "" : ", steps: 300"))
        }.joined(separator: "\n")
        return """
            nodes:
              base: {type: LoadCheckpoint, ckpt_name: tiny-sd1.safetensors}
              positive: {type: CLIPEncode, clip: base, text: a tree}
              negative: {type: CLIPEncode, clip: base, text: ""}
              canvas: {type: EmptyLatentImage, width: 64, height: 64}
              \(body)
              picture: {type: VAEDecode, samples: \(nodes.contains("guider") ? "sampled.output" : "sampled"), vae: base}
              saved: {type: SaveImage, images: picture, filename_prefix: a}
            """
    }

    private let program: Program
    private let models = Program.project.appending(path: "Workflows/models").path
    init() throws { program = try Program() }

    private func arguments(_ output: String, _ more: String...) -> [String] {
        ["run", "flow.yaml", "--models", models, "--output-dir", output] + more
    }

    private struct Event: Decodable {
        var event: String
        var node: String?
        var step: Int?
        var of: Int?
    }

    private func events(_ name: String) -> [Event] {
        let text = (try? String(contentsOfFile: program.folder.path + "/" + name, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(Event.self, from: Data($0.utf8)) }
    }

    private func lastStep(_ name: String) -> Int {
        events(name).last { $0.event == "progress" && $0.node == "sampled" }?.step ?? 0
    }

    /// How many calls of a network the stored state knows.
    private func storedCalls() -> Int {
        let folder = program.folder.path + "/cache/darkroom/results/resume"
        let counts = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).compactMap { name -> Int? in
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { return nil }
            let text = String(decoding: data.prefix(100_000), as: UTF8.self)
            return (try? /calls": ?"([0-9]+)"/.firstMatch(in: text)).flatMap { Int($0.1) }
        }
        return counts.max() ?? 0
    }

    private func picture(_ outcome: Program.Outcome) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: try #require(outcome.lines.first, "\(outcome.error)")))
    }

    @Test("goes on in the middle of a sampler after it was killed", arguments: workflows.map(\.name))
    func killed(name: String) throws {
        let nodes = try #require(Self.workflows.first { $0.name == name }).nodes
        try program.write("flow.yaml", Self.text(nodes))
        let expected = try picture(try program.run(arguments("whole", "--no-cache"), stop: nil))

        var killed: Program.Outcome
        var attempts = 0
        repeat {
            // On a busy machine the program may be done before it is killed: then once more, from nothing.
            for name in ["first", "out", "cache"] { try? FileManager.default.removeItem(atPath: program.folder.path + "/" + name) }
            attempts += 1
            killed = try program.run(
                arguments("out", "--events", "first", "--resume-interval", "0.000001"),
                stop: .init(signal: SIGKILL) {
                    // Of the long sampler, not of the one before it, which makes four calls.
                    lastStep("first") >= 6 && storedCalls() > 4
                })
        } while killed.status == 0 && attempts < 5
        #expect(killed.status == SIGKILL, "\(killed.error)")
        #expect(program.names(in: "out").isEmpty)

        let again = try program.run(arguments("out", "--events", "second"), stop: nil)
        #expect(again.status == 0, "\(again.error)")
        let resumed = try #require(events("second").first { $0.event == "resumed" }, "\(again.error)")
        let step = resumed.step ?? 0, count = resumed.of ?? 0
        // The state may be ahead of the events, whose last ones died with the process.
        #expect(resumed.node == "sampled" && step > 1 && step <= count)
        #expect(
            again.error.contains(
                "sampled (\(name.hasPrefix("KS") || name.hasPrefix("Sampler") ? name : "KSampler"))  resumed at step \(step) of \(count)\n"),
            "\(again.error)")
        let reused = events("second").filter { $0.event == "reused" }.compactMap(\.node)
        #expect(Set(reused).isSuperset(of: ["positive", "negative", "canvas"] + (nodes.contains("first:") ? ["first"] : [])))
        #expect(try picture(again) == expected)
        // What is done needs no state any more.
        #expect(program.names(in: "cache/darkroom/results/resume") == [])
    }

    @Test("goes on with the very next step after Ctrl-C, however seldom states are stored", arguments: ["KSampler", "EasyCache"])
    func interrupted(name: String) throws {
        let nodes = try #require(Self.workflows.first { $0.name == name }).nodes
        try program.write("flow.yaml", Self.text(nodes))
        let expected = try picture(try program.run(arguments("whole", "--no-cache"), stop: nil))
        // Twice on the way.
        var step = 0
        for round in ["first", "second"] {
            let outcome = try program.run(
                arguments("out", "--events", round, "--resume-interval", "3600"),
                stop: .init(signal: SIGINT) { lastStep(round) >= step + 6 })
            #expect(outcome.status == 130, "\(outcome.error)")
            if step > 0 { #expect(events(round).first { $0.event == "resumed" }?.step == step + 1) }
            step = lastStep(round)
        }
        let again = try program.run(arguments("out", "--events", "third"), stop: nil)
        #expect(events("third").first { $0.event == "resumed" }?.step == step + 1, "\(again.error)")
        #expect(events("third").first { $0.event == "progress" && $0.node == "sampled" }?.step == step + 1)
        #expect(try picture(again) == expected)
    }

    @Test("starts anew when that is asked for")
    func startingAnew() throws {
        try program.write("flow.yaml", Self.text(Self.workflows[0].nodes))
        let ways = [["--force"], ["--force-node", "sampled"], ["--no-cache"], ["--set", "sampled.seed=6"], ["--resume-interval", "0"]]
        for (number, more) in ways.enumerated() {
            let first = "first\(number)", second = "second\(number)"
            let stopped = try program.run(arguments("out", "--events", first), stop: .init(signal: SIGINT) { lastStep(first) >= 3 })
            #expect(stopped.status == 130)
            let again = try program.run(arguments("out", "--events", second) + more, stop: .init(signal: SIGINT) { lastStep(second) >= 1 })
            #expect(again.status == 130)
            #expect(!events(second).contains { $0.event == "resumed" }, "\(more)")
            try FileManager.default.removeItem(atPath: program.folder.path + "/cache")
        }
    }
}
