import ArgumentParser
import Foundation
import Tensors

/// How a workflow is computed and what is told meanwhile.
struct ComputeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Threads that compute; the same bits for any number. As many as there are cores.", valueName: "n"))
    var threads: Int?

    @Flag(help: "Run every node, whatever is known already.")
    var force = false

    @Option(help: ArgumentHelp("Run this node, whatever is known already; may be given several times.", valueName: "name"))
    var forceNode: [String] = []

    @Flag(name: [.long, .short], help: "Say nothing but problems and results.")
    var quiet = false

    @Option(help: ArgumentHelp("Write what happens as JSON lines; - is standard output.", valueName: "file"))
    var events: String?

    func validate() throws {
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads takes 1 to 256, not \(threads)") }
        if let problem = KernelVariant.environmentProblem { throw ValidationError(problem) }
    }

    /// Sets what holds for the whole process.
    func apply() {
        if let threads { ComputeThreads.set(threads) }
    }
}
