import ArgumentParser
import Tensors

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Prints the program's version, and the kernels and threads in use.")

    func validate() throws {
        if let problem = KernelVariant.environmentProblem { throw ValidationError(problem) }
    }

    func run() {
        Terminal.output.line("darkroom \(Version.number)")
        Terminal.output.line("kernels \(KernelVariant.active), \(ComputeThreads.count) threads")
    }
}
