import ArgumentParser
import Foundation

/// Resident memory of one process over many runs: a sweep of seeds with the embedded model.
struct RunsBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Shows the memory of one process over many runs.")

    @OptionGroup var machine: MachineOptions
    @Option(help: "How many runs.") var count = 200
    @Option(help: "Steps of each sampling.") var steps = 2
    @Option(help: ArgumentHelp("The program's budget; a small one is full sooner.", valueName: "size")) var memory: String?
    @Option(help: ArgumentHelp("Another workflow, with a parameter called seed.", valueName: "file")) var workflow: String?

    func run() throws {
        try machine.apply()
        print(machine.description)
        let program = try Program()
        var resident: [Int] = []
        try Program.withFolder { folder in
            var arguments = [
                "run", workflow ?? Program.workflow("txt2img.yaml"), "--quiet", "--events", "-", "--models", Program.workflow("models"),
                "--cache-dir", folder.path + "/cache", "--output-dir", folder.path + "/output", "--sweep", "seed=1..\(count)",
            ]
            if workflow == nil { arguments += ["--set", "sampled.steps=\(steps)"] }
            if let memory { arguments += ["--memory", memory] }
            if let threads = machine.threads { arguments += ["--threads", "\(threads)"] }
            try program.run(arguments) { line, process in
                // Said at the beginning of each run: what the one before left.
                guard line.hasPrefix("{\"event\":\"run\""), let bytes = Measurement.status("VmRSS:", of: "\(process)") else { return }
                resident.append(bytes)
            }
        }
        print("\(right("runs", 6))\(right("MiB resident", 15))")
        for run in resident.indices
        where run > 0 && (run < 20 && run % 5 == 0 || run % max(1, count / 20) == 0 || run == resident.count - 1) {
            print("\(right("\(run)", 6))\(right(decimal(Double(resident[run]) / 0x1p20, 1), 15))")
        }
    }
}
