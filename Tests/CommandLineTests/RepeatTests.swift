import Foundation
import Testing

/// Several runs in one go.
@Suite("--repeat") struct RepeatTests {
    private static let flow = """
        nodes:
          canvas: {type: EmptyImage, width: 8, height: 8}
          noise: {type: ImageAddNoise, image: canvas, seed: 5, strength: 0.5}
          saved: {type: SaveImage, images: noise, filename_prefix: noise}
        """

    @Test("each run has its own seed, and what a picture carries makes it again")
    func runs() throws {
        let program = try Program()
        try Self.flow.write(toFile: program.folder.path + "/flow.yaml", atomically: true, encoding: .utf8)
        let outcome = try program.run("run", "flow.yaml", "--repeat", "3", "--repeat-mode", "randomize", "--events", "events.jsonl")
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(outcome.lines.count == 3)
        #expect(outcome.error.contains("[1/3] noise.seed=5"))
        let events = try String(contentsOfFile: program.folder.path + "/events.jsonl", encoding: .utf8)
        #expect(events.split(separator: "\n").count { $0.contains("\"event\":\"run\"") } == 3)
        #expect(Set(try outcome.lines.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }).count == 3)
        let again = try program.run("run", outcome.lines[2], "--output-dir", "again")
        #expect(again.status == 0, "\(again.error)")
        #expect(again.error.contains("canvas") && again.error.contains("reused"))
        #expect(!again.error.contains("noise (ImageAddNoise)  0"), "the same seed is the same result: \(again.error)")
    }

    @Test("a warning when nothing moves, and a refusal beside a sweep")
    func refusals() throws {
        let program = try Program()
        try Self.flow.write(toFile: program.folder.path + "/flow.yaml", atomically: true, encoding: .utf8)
        let fixed = try program.run("run", "flow.yaml", "--repeat", "2", "--repeat-mode", "fixed")
        #expect(fixed.status == 0 && fixed.error.contains("all of them are the same"))
        #expect(try program.run("run", "flow.yaml", "--repeat", "2", "--sweep", "noise.seed=1..2").status == 2)
        try FileManager.default.createDirectory(atPath: program.folder.path + "/input", withIntermediateDirectories: true)
        try "no picture".write(toFile: program.folder.path + "/input/bad.png", atomically: true, encoding: .utf8)
        try (Self.flow + "\n  wrong: {type: LoadImage, image: bad.png}\n  shown: {type: SaveImage, images: wrong}\n")
            .write(toFile: program.folder.path + "/flow.yaml", atomically: true, encoding: .utf8)
        let failing = try program.run("run", "flow.yaml", "--repeat", "2")
        #expect(failing.status == 1 && failing.error.contains("[2/2]"), "a run that fails doesn't stop the next: \(failing.error)")
        #expect(failing.lines.count == 2)
    }
}
