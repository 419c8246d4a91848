import ArgumentParser
import Checkpoints
import Diffusion
import Foundation
import GoldenSupport
import Networks
import Tensors

/// Times one step of a full-size Stable Diffusion 1.5 U-Net and one VAE decode, by kind of layer.
///
/// The model is synthetic (recipe `sd1-full`: true names, shapes and float16 weights), made once into a folder below `.build`. A
/// step is one evaluation for both halves of the guidance; the keys and values of the text are computed in the warm-up run, as in
/// the first step of a sampling.
struct NetworkBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network", abstract: "Times a U-Net step and a VAE decode of a full-size SD1.5.")

    @OptionGroup var machine: MachineOptions
    @Option(help: "Side of the picture in pixels, a multiple of 64.") var size = 512
    @Option(help: "Latents in one step; 2 is one picture with guidance.") var batch = 2
    @Option(help: "Timed runs after the warm-up.") var runs = 3
    @Option(help: ArgumentHelp("A checkpoint instead of the synthetic one.", valueName: "file")) var model: String?
    @Option(help: ArgumentHelp("Where synthetic models are kept.", valueName: "dir")) var models: String?
    @Option(help: ArgumentHelp("Also time PyTorch and OpenVINO, whichever of them this Python has, after us.", valueName: "python"))
    var peer: String?
    @Flag(help: "Only the U-Net step.") var stepOnly = false

    func validate() throws {
        guard size >= 64, size % 64 == 0, batch >= 1, runs >= 1 else {
            throw ValidationError("--size wants a multiple of 64, --batch and --runs at least 1")
        }
    }

    func run() async throws {
        try machine.apply()
        print(machine.description)
        let folder = models.map { URL(fileURLWithPath: $0) } ?? RecipeModels.modelsFolder
        let checkpoint = try Checkpoint(CheckpointFile.open(model ?? RecipeModels.make("sd1-full", in: folder)))
        let step = try timeStep(checkpoint)
        let decode = stepOnly ? nil : try timeDecode(checkpoint)
        if let peer {
            for program in try PeerProgram.found(by: peer) {
                let lines = try program.run(
                    size: size, batch: batch, threads: ComputeThreads.count, runs: runs, stepOnly: stepOnly)
                for line in lines { compare(line, line.isStep ? step : decode) }
            }
        }
    }

    private func timeStep(_ checkpoint: Checkpoint) throws -> Measurement {
        let times = LayerTimes(weights: checkpoint.unet, contextTokens: 77)
        var packing = Measurement()
        var network: UNet?
        try packing.run { network = try Model(checkpoint).network(operations: Operations(observer: times)) }
        guard let network else { throw ExitCode.failure }
        print("packed the U-Net in \(decimal(packing.bestWall, 1)) s, \(TensorMemory.liveBytes >> 20) MiB")
        let side = size / 8
        var generator = TorchGenerator(seed: 1)
        let context = generator.normal([batch, 77, network.structure.contextWidth ?? 768])
        let call = NetworkCall(
            x: generator.normal([batch, network.inputChannels, side, side]), timesteps: Array(repeating: 500, count: batch),
            context: context, sigma: 1, sides: batch % 2 == 0 ? [.positive, .negative] : [.positive])
        return try time("U-Net step \(size)x\(size), batch \(batch)", times) { _ = try network.predict(call) }
    }

    private func timeDecode(_ checkpoint: Checkpoint) throws -> Measurement? {
        guard let source = checkpoint.vae else { return nil }
        let times = LayerTimes(weights: source, contextTokens: 0)
        var generator = TorchGenerator(seed: 2)
        let latent = generator.normal([1, 4, size / 8, size / 8])
        let vae = VAE(source)
        return try time("VAE decode \(size)x\(size)", times) {
            _ = try vae.decode(latent, options: VAEOptions(memoryLimit: nil, operations: Operations(observer: times)))
        }
    }

    private func time(_ title: String, _ times: LayerTimes, _ body: () throws -> Void) throws -> Measurement {
        try body()
        _ = times.take()
        TensorMemory.resetPeak()
        var measurement = Measurement()
        for _ in 0..<runs { try measurement.run(body) }
        let sums = times.take()
        let operations = sums.reduce(0) { $0 + $1.sum.operations } / Double(runs)
        print(
            "\n\(title): best \(decimal(measurement.bestWall, 2)) s, median \(decimal(measurement.medianWall, 2)) s wall clock; "
                + "\(decimal(measurement.bestProcessor, 2)) s of processor time")
        print("  \(left("layers", 24))\(right("ms", 9))\(right("share", 8))\(right("GFLOP", 10))\(right("GFLOP/s", 10))")
        let total = measurement.wall.reduce(0, +) / Double(runs)
        for (label, sum) in sums {
            let seconds = sum.seconds / Double(runs), work = sum.operations / Double(runs) / 1e9
            print(
                "  \(left(label, 24))\(right(decimal(seconds * 1000, 1), 9))\(right(decimal(100 * seconds / total, 1) + " %", 8))"
                    + "\(right(work > 0 ? decimal(work, 1) : "", 10))\(right(work > 0 ? decimal(work / seconds, 0) : "", 10))")
        }
        print(
            "  \(left("all", 24))\(right(decimal(total * 1000, 1), 9))\(right("100.0 %", 8))\(right(decimal(operations / 1e9, 1), 10))"
                + right(decimal(operations / total / 1e9, 0), 10))
        let resident = Measurement.peakResidentBytes.map { ", \($0 >> 20) MiB of the process so far" } ?? ""
        // A run takes minutes: what is known is shown, even where the output goes to a file.
        defer { fflush(nil) }
        print("  peak memory: \(TensorMemory.peakBytes >> 20) MiB of tensors and weights\(resident)")
        return measurement
    }

    private func compare(_ line: PeerProgram.Line, _ ours: Measurement?) {
        guard let ours else { return }
        print(
            "\(line.peer), \(line.what), \(line.layout): best \(decimal(line.wall_best, 2)) s wall clock, "
                + "\(decimal(line.cpu_best, 2)) s of processor time, peak \(line.peak_megabytes) MiB; ours takes "
                + "\(decimal(ours.bestWall / line.wall_best, 2)) of its wall clock, "
                + "\(decimal(ours.bestProcessor / line.cpu_best, 2)) of its processor time")
    }
}
