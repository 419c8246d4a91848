import ArgumentParser
import Tensors

/// Times the networks, the kernels and the engine. Nothing here is a test: timings depend on the machine and on what else it does.
@main
struct BenchmarksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmarks", abstract: "Times the networks, the kernels and the engine on this machine.",
        subcommands: [
            NetworkBenchmark.self, KernelBenchmark.self, EngineBenchmark.self, ReuseBenchmark.self, RunsBenchmark.self,
            MemoryBenchmark.self, StoppingBenchmark.self,
        ],
        defaultSubcommand: NetworkBenchmark.self)
}

/// What every benchmark takes.
struct MachineOptions: ParsableArguments {
    @Option(help: "Threads that compute; by default the cores that this process may use.")
    var threads: Int?

    func apply() throws {
        if let threads {
            guard (1...256).contains(threads) else { throw ValidationError("--threads wants 1 to 256") }
            ComputeThreads.set(threads)
        }
        if let problem = KernelVariant.environmentProblem { throw ValidationError(problem) }
    }

    /// One line about the machine.
    var description: String {
        let load = Measurement.load.map { ", load \(decimal($0, 1))" } ?? ""
        return "kernels \(KernelVariant.active), \(ComputeThreads.count) of \(ComputeThreads.available) cores\(load)"
    }
}
