import Foundation
import Testing

/// Conditioning that holds a ControlNet is stored with the recipe of it: no model and no text is gone through again for it.
@Suite("A workflow with a ControlNet, run again")
struct ControlNetReuseTests {
    private struct Report: Decodable {
        struct Node: Decodable {
            var id: String
            var status: String
        }
        var nodes: [Node]
        var ran: Set<String> { Set(nodes.filter { $0.status == "ran" }.map(\.id)) }
    }

    private let program: Program
    private let file = Program.project.appending(path: "Workflows/controlnet.yaml").path
    init() throws { program = try Program() }

    private func ran(_ settings: String...) throws -> Set<String> {
        let outcome = try program.run(
            ["run", file, "--json", "--quiet", "--set", "sampled.steps=4"] + settings.flatMap { ["--set", $0] }, stop: nil)
        #expect(outcome.status == 0, "\(outcome.error)")
        return try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8)).ran
    }

    @Test("runs what a change touches, and loads a model only for that")
    func changes() throws {
        let all: Set = ["base", "positive", "negative", "example", "hint", "scribble", "steered", "canvas", "sampled", "picture", "saved"]
        let sampling: Set = ["sampled", "picture", "saved"]
        #expect(try ran() == all)
        #expect(try ran() == [])
        #expect(try ran("saved.filename_prefix=b") == ["saved"])
        // Checkpoint and ControlNet come from the cache as recipes, the encoded texts as they are.
        #expect(try ran("strength=0.5") == sampling.union(["steered"]))
        #expect(try ran("strength=0.5", "saved.filename_prefix=b") == ["saved"])
        // Only the sampler changed; the steered conditioning, ControlNet and all, is read back by this new process.
        #expect(try ran("strength=0.5", "sampled.seed=7") == sampling)
        // Another text: its other side and the hint stay.
        #expect(try ran("prompt=a boat") == sampling.union(["positive", "steered"]))
        // Everything that came up before is known.
        #expect(try ran() == [])
        #expect(try ran("strength=0.5") == [])
        // Other lines from the same picture.
        #expect(try ran("hint.low_threshold=0.2") == sampling.union(["hint", "steered"]))
    }

    @Test("explain says the same beforehand")
    func explain() throws {
        _ = try ran()
        let outcome = try program.run("explain", file, "--set", "sampled.steps=4", "--set", "strength=0.5")
        let reused = outcome.lines.filter { $0.contains("  reuse  ") }.map { String($0.prefix { $0 != " " }) }
        #expect(Set(reused) == ["base", "scribble", "positive", "negative", "example", "hint", "canvas"], "\(outcome.output)")
        #expect(outcome.output.contains("strength changed from 1 to 0.5"))
        let whole = try program.run("explain", file, "--set", "sampled.steps=4")
        #expect(whole.lines.allSatisfy { !$0.contains("  run") }, "\(whole.output)")
    }
}
