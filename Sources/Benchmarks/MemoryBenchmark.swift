import ArgumentParser
import Checkpoints
import Diffusion
import Digests
import Foundation
import GoldenSupport
import Networks
import Pictures
import Samplers
import Tensors

/// What a full-size VAE and whole runs take under budgets of memory: digest of the result, peak of resident memory, time.
///
/// Each measurement is a process of its own, since a peak can't be taken back. The model is synthetic (recipe `sd1-full`).
struct MemoryBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory", abstract: "Shows peak memory, time and digest of a full-size VAE and of whole runs under budgets.")

    @OptionGroup var machine: MachineOptions
    @Option(parsing: .upToNextOption, help: "Sides of the pictures in pixels.") var sizes = [512, 1024, 2048]
    @Option(parsing: .upToNextOption, help: "Budgets in MiB; 0: no limit.") var budgets = [0, 2048, 1024, 500]
    @Option(help: ArgumentHelp("Where synthetic models are kept.", valueName: "dir")) var models: String?
    @Option(parsing: .upToNextOption, help: "What is measured: decode, encode, run (text, steps with guidance, decode).")
    var tasks: [Task] = Task.allCases
    @Option(help: ArgumentHelp("Steps of a run.", valueName: "n")) var steps = 2
    @Flag(help: ArgumentHelp("Measure in this process.", visibility: .hidden)) var here = false

    enum Task: String, ExpressibleByArgument, CaseIterable { case decode, encode, run }

    /// What a process says about itself.
    private struct Result: Codable {
        var digest: String
        var seconds: Double
        var peak: Int
        var problem: String?
    }

    func validate() throws {
        guard sizes.allSatisfy({ $0 >= 64 && $0 % 8 == 0 }), budgets.allSatisfy({ $0 >= 0 }), !sizes.isEmpty, !budgets.isEmpty else {
            throw ValidationError("--sizes wants multiples of 8 from 64 on, --budgets MiB")
        }
        guard steps > 0 else { throw ValidationError("--steps wants one at least") }
    }

    func run() throws {
        try machine.apply()
        let folder = models.map { URL(fileURLWithPath: $0) } ?? RecipeModels.modelsFolder
        let model = try RecipeModels.make("sd1-full", in: folder)
        if here {
            print(String(decoding: try JSONEncoder().encode(measure(tasks[0], size: sizes[0], budget: budgets[0], model)), as: UTF8.self))
            return
        }
        print(machine.description)
        print("| | size | --memory | peak MiB | seconds | digest |\n| --- | --- | --- | --- | --- | --- |")
        for task in tasks {
            for size in sizes {
                for budget in budgets {
                    let result = try inProcess(task, size, budget)
                    let figures =
                        result.problem.map { "\($0) | | |" }
                        ?? "\(result.peak >> 20) | \(decimal(result.seconds, 1)) | \(result.digest.prefix(12)) |"
                    print("| \(task.rawValue) | \(size)×\(size) | \(budget == 0 ? "none" : "\(budget)M") | \(figures)")
                    fflush(nil)
                }
            }
        }
    }

    private func measure(_ task: Task, size: Int, budget: Int, _ model: String) throws -> Result {
        if budget > 0 { MemoryBudget.limit = budget << 20 }
        let checkpoint = try Checkpoint(CheckpointFile.open(model))
        guard let source = checkpoint.vae else { throw ExitCode.failure }
        let vae = VAE(source), options = VAEOptions(memoryLimit: budget > 0 ? budget << 20 : nil)
        var generator = TorchGenerator(seed: 2)
        var measurement = Measurement()
        var result = Tensor.zeros([0])
        do {
            switch task {
            case .decode:
                let latent = generator.normal([1, 4, size / 8, size / 8])
                try measurement.run { result = try vae.decode(latent, options: options).pixels }
            case .encode:
                let picture = Image(
                    Tensor(shape: [1, size, size, 3]) { out in
                        for index in out.indices { out[index] = Float((index * 37 + index / 7) % 256) / 255 }
                    })
                try measurement.run { result = try vae.encode(picture, options: options) }
            case .run:
                try measurement.run {
                    let latent = try sampled(checkpoint, size: size, limit: options.memoryLimit)
                    result = try vae.decode(latent, options: options).pixels
                }
            }
        } catch {
            return Result(digest: "", seconds: 0, peak: 0, problem: "\(error)")
        }
        var digest = DigestBuilder()
        result.withBytes { digest.update($0) }
        return Result(
            digest: digest.finish().description, seconds: measurement.bestWall, peak: Measurement.peakResidentBytes ?? 0, problem: nil)
    }

    /// A latent after some steps with guidance; the U-Net is let go with the return.
    private func sampled(_ checkpoint: Checkpoint, size: Int, limit: Int?) throws -> Tensor {
        let model = try Model(checkpoint)
        guard let encoder = TextEncoder(checkpoint) else { throw ExitCode.failure }
        let guider = Guider(
            model: model,
            guidance: .classifierFree(positive: try encoder.encode("a lighthouse at dusk"), negative: try encoder.encode(""), cfg: 4))
        let start = Latent(samples: .zeros([1, 4, size / 8, size / 8]))
        let sigmas = try Scheduler.named("normal").sigmas(
            ModelSampling(model.samplingSettings), steps: steps, denoise: 1, discardsPenultimate: false)
        let run = try SamplingRun(guider, latent: start.samples.shape, memoryLimit: limit, control: ControlRun(model: model))
        if let shortage = run.shortage { throw shortage }
        return try run.sample(start, noise: .random(seed: 7), seed: 7, sampler: .named("euler"), sigmas: sigmas).latent.samples
    }

    private func inProcess(_ task: Task, _ size: Int, _ budget: Int) throws -> Result {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments =
            ["memory", "--here", "--tasks", task.rawValue, "--sizes", "\(size)", "--budgets", "\(budget)", "--steps", "\(steps)"]
            + (models.map { ["--models", $0] } ?? []) + (machine.threads.map { ["--threads", "\($0)"] } ?? [])
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ValidationError("\(size)×\(size) ended with \(process.terminationStatus)") }
        return try JSONDecoder().decode(Result.self, from: data)
    }
}
