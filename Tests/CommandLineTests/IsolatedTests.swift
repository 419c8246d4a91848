import Foundation
import Testing

/// `run --isolated`: the same from outside, and what kills a worker is an error of a node.
@Suite("run --isolated") struct IsolatedTests {
    private static let flow = """
        nodes:
          canvas: {type: EmptyImage, width: 8, height: 8}
          noise: {type: ImageAddNoise, image: canvas, seed: 5, strength: 0.5}
          saved: {type: SaveImage, images: noise, filename_prefix: noise}
        """
    private static var sample: String { SampleWorkflowTests.folder.appending(path: "txt2img.yaml").path }

    @Test("pictures, previews and events are those of a run in one process")
    func same() throws {
        var pictures: [Data] = [], steps: [[Data]] = [], events: [[String]] = []
        for more in [[], ["--isolated"]] {
            let program = try Program()
            let outcome = try program.run(
                ["run", Self.sample, "--set", "sampled.steps=3", "--steps-out", "steps", "--events", "events.jsonl"] + more, stop: nil)
            #expect(outcome.status == 0, "\(outcome.error)")
            pictures.append(try Data(contentsOf: URL(fileURLWithPath: try #require(outcome.lines.last))))
            steps.append(
                try program.names(in: "steps").map { try Data(contentsOf: URL(fileURLWithPath: program.folder.path + "/steps/" + $0)) })
            events.append(
                try String(contentsOfFile: program.folder.path + "/events.jsonl", encoding: .utf8).split(separator: "\n").map { line in
                    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
                    return "\(object["event"] ?? "") \(object["node"] ?? "") \(object["step"] ?? "")"
                })
        }
        #expect(pictures[0] == pictures[1])
        #expect(steps[0].count == 3 && steps[0] == steps[1])
        #expect(events[0] == events[1])
    }

    @Test("sweeps and repeated runs work, with their sheet and their seeds")
    func several() throws {
        let program = try Program()
        try program.write("flow.yaml", Self.flow)
        let sweep = try program.run("run", "flow.yaml", "--isolated", "--sweep", "noise.seed=1..3")
        #expect(sweep.status == 0 && sweep.lines.count == 4, "\(sweep.error)")
        #expect(sweep.lines.last?.contains("sweep_00001_") == true && sweep.error.contains("3 of 3 points done"))
        let again = try program.run("run", "flow.yaml", "--isolated", "--repeat", "3")
        #expect(again.status == 0 && again.lines.count == 3, "\(again.error)")
        #expect(again.error.contains("[3/3] noise.seed=7"))
    }

    @Test("memory that can't be had is an error of the node, and the other runs go on")
    func memory() throws {
        let program = try Program()
        try program.write("flow.yaml", Self.flow)
        // How many small values are made before the first node is no concern of this test.
        let refused = "error: node \"canvas\" (EmptyImage): memory ran out"
        let number = try #require(
            (1...60).first { number in
                let environment = ["DARKROOM_FAIL_ALLOCATION": "\(number)"]
                guard let outcome = try? program.run("run", "flow.yaml", "--isolated", environment: environment) else { return false }
                return outcome.status == 4 && outcome.error.contains(refused)
            })
        let sweep = try program.run(
            "run", "flow.yaml", "--isolated", "--sweep", "noise.seed=1..2", environment: ["DARKROOM_FAIL_ALLOCATION": "\(number)"])
        #expect(sweep.status == 4 && sweep.error.contains("[2/2]"), "the next point runs: \(sweep.error)")
    }

    @Test("Ctrl-C stops within a step, and the next run goes on from there")
    func interrupted() throws {
        let program = try Program()
        let arguments = ["run", Self.sample, "--set", "sampled.steps=400", "--isolated", "--events", "events.jsonl"]
        let stopped = try program.run(
            arguments,
            stop: .init(signal: SIGINT) {
                (try? String(contentsOfFile: program.folder.path + "/events.jsonl", encoding: .utf8))?.contains("\"step\":20,") == true
            })
        #expect(stopped.status == 130, "\(stopped.error)")
        #expect(program.names(in: "output").isEmpty)
        let again = try program.run(arguments, stop: nil)
        #expect(again.status == 0 && again.error.contains("resumed at step"), "\(again.error)")
    }

    @Test("the command that a session starts is of no use to people")
    func alone() throws {
        let outcome = try Program().run("worker", "1")
        #expect(outcome.status == 2 && outcome.error.contains("started by Darkroom itself"))
        #expect(try !Program().run("--help").output.contains("worker"))
    }
}
