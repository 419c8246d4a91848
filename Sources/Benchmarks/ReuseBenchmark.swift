import ArgumentParser
import Foundation
import GoldenSupport

/// What a change costs: one workflow, run by a new process each time, with the results of the run before on disk.
struct ReuseBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reuse", abstract: "Times a run after each kind of change, a new process each.",
        discussion: "With the embedded model at 128 x 128, and with --full also a full-size synthetic SD1.5 at 512 x 512.")

    @OptionGroup var machine: MachineOptions
    @Option(help: "Steps of each sampling.") var steps = 20
    @Option(help: "Runs where nothing or only the file name is changed; the fastest counts.") var runs = 5
    @Flag(help: "Also with a full-size SD1.5; takes minutes.") var full = false
    @Option(help: ArgumentHelp("Where synthetic models are kept.", valueName: "dir")) var models: String?

    func run() throws {
        try machine.apply()
        print(machine.description)
        let program = try Program()
        print("\(left("", 38))\(right("seconds", 10))\(right("ran", 6))\(right("reused", 8))")
        let embedded = URL(fileURLWithPath: Program.workflow("models")).path
        try measure(program, "embedded model, 128x128", ["--models", embedded])
        guard full else { return }
        let folder = models.map { URL(fileURLWithPath: $0) } ?? RecipeModels.modelsFolder
        try RecipeModels.make("sd1-full", in: folder)
        try measure(
            program, "SD1.5, 512x512",
            [
                "--models", folder.path, "--set", "base.ckpt_name=sd1-full.safetensors", "--set", "canvas.width=512", "--set",
                "canvas.height=512",
            ])
    }

    private func measure(_ program: Program, _ title: String, _ options: [String]) throws {
        try Program.withFolder { folder in
            let common =
                [
                    "run", Program.workflow("txt2img.yaml"), "--quiet", "--json", "--cache-dir", folder.path + "/cache",
                    "--output-dir", folder.path + "/output", "--set", "sampled.steps=\(steps)",
                ]
                + (machine.threads.map { ["--threads", "\($0)"] } ?? []) + options
            let changes: [(String, Int, [String])] = [
                ("full run", 1, []), ("nothing changed", runs, []),
                ("only the file's prefix", runs, ["--set", "saved.filename_prefix=other"]),
                ("only the seed", 1, ["--set", "seed=4"]), ("only the prompt", 1, ["--set", "prompt=a blue house by the sea"]),
            ]
            for (change, count, extra) in changes {
                var best = Double.infinity, ran = 0, reused = 0
                for run in 0..<count {
                    // Each prefix but once: the second time nothing is changed.
                    let own = extra.map { $0.hasSuffix("=other") ? $0 + "\(run)" : $0 }
                    var measurement = Measurement(), text = ""
                    try measurement.run { try program.run(common + own) { line, _ in text += line } }
                    best = min(best, measurement.bestWall)
                    let report = try JSONDecoder().decode(Report.self, from: Data(text.utf8))
                    ran = report.nodes.count { $0.status == "ran" }
                    reused = report.nodes.count { $0.status == "reused" }
                }
                print(
                    "\(left(change == "full run" ? title + ": full run" : "  " + change, 38))\(right(decimal(best, 3), 10))\(right("\(ran)", 6))\(right("\(reused)", 8))"
                )
                fflush(nil)
            }
        }
    }

    private struct Report: Decodable {
        struct Node: Decodable { var status: String }
        var nodes: [Node]
    }
}
