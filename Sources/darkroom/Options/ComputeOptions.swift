import ArgumentParser
import Foundation
import Session
import Tensors

/// How a workflow is computed and what is told meanwhile.
struct ComputeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Threads that compute; the same bits for any number. As many as there are cores.", valueName: "n"))
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Memory this process may take, as in 4G or 900M. The same bits for any: with less, the VAE works in bands and spills to a "
                + "file ($TMPDIR, else /var/tmp), and weights are read again whenever they are needed. What can't be done in it is an "
                + "error that says how much is needed. Three quarters of the machine's.", valueName: "size"))
    var memory: String?

    @Flag(
        help: ArgumentHelp(
            "Compute in a process of its own. When memory runs out, a model file is cut short or the program fails there, "
                + "that is an error of the node, and the other runs go on."))
    var isolated = false

    @Flag(help: "Run every node, whatever is known already.")
    var force = false

    @Option(help: ArgumentHelp("Run this node, whatever is known already; may be given several times.", valueName: "name"))
    var forceNode: [String] = []

    @Option(
        help: ArgumentHelp(
            "How often a long sampling stores its state, so that a killed run goes on from there the next time; 0 for never. "
                + "Ctrl-C stores it as well.", valueName: "seconds"))
    var resumeInterval: Double = 10

    @Flag(name: [.long, .short], help: "Say nothing but problems and results.")
    var quiet = false

    @Option(help: ArgumentHelp("Write what happens as JSON lines; - is standard output.", valueName: "file"))
    var events: String?

    func validate() throws {
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads takes 1 to 256, not \(threads)") }
        if let memory, Self.bytes(memory) == nil {
            throw ValidationError("--memory takes a size such as 4G, 1.5G or 900M, not \(memory)")
        }
        guard resumeInterval >= 0, resumeInterval.isFinite else {
            throw ValidationError("--resume-interval takes seconds, 0 or more, not \(resumeInterval)")
        }
        if let problem = KernelVariant.environmentProblem { throw ValidationError(problem) }
    }

    /// How a session is to compute.
    var rules: ComputingRules {
        let place: ComputingRules.Place = isolated ? .worker(WorkerRules(program: "/proc/self/exe")) : .here
        return ComputingRules(place: place, threads: threads, memory: memory.flatMap(Self.bytes))
    }

    /// What was said of single runs.
    var settings: RunSettings {
        var settings = RunSettings()
        (settings.forcesAll, settings.forcedNodes, settings.resumeInterval) = (force, Set(forceNode), resumeInterval)
        return settings
    }

    /// `4G`, `1.5GiB`, `900M`, or plain bytes.
    static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        let units: [String: Double] = [
            "": 1, "k": 0x1p10, "kib": 0x1p10, "m": 0x1p20, "mib": 0x1p20, "g": 0x1p30, "gib": 0x1p30,
        ]
        guard let number = Double(digits), let unit = units[text.dropFirst(digits.count).lowercased()] else { return nil }
        let bytes = number * unit
        return bytes >= 1 && bytes < 0x1p60 ? Int(bytes) : nil
    }
}
