import ArgumentParser
import Cancellations
import Checkpoints
import Diffusion
import Foundation
import GoldenSupport
import Networks
import Pictures
import Synchronization
import Tensors

/// Times how long work goes on after it was asked to stop, at moments spread over its course.
struct StoppingBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stopping", abstract: "Times how long steps, decodes and picture operations go on after a cancel.")

    @OptionGroup var machine: MachineOptions
    @Option(help: "Sides of the pictures in pixels, multiples of 64.") var sizes: [Int] = [512, 1024, 1536]
    @Option(help: "Moments at which each is stopped.") var moments = 5
    @Option(help: "Seconds between the start and the last moment.") var seconds = 12.0
    @Option(help: ArgumentHelp("A checkpoint instead of the synthetic one.", valueName: "file")) var model: String?
    @Option(help: ArgumentHelp("Where synthetic models are kept.", valueName: "dir")) var models: String?

    func run() async throws {
        try machine.apply()
        print(machine.description)
        let folder = models.map { URL(fileURLWithPath: $0) } ?? RecipeModels.modelsFolder
        let checkpoint = try Checkpoint(CheckpointFile.open(model ?? RecipeModels.make("sd1-full", in: folder)))
        var generator = TorchGenerator(seed: 1)
        let network = try Model(checkpoint).network()
        for size in sizes {
            let call = NetworkCall(
                x: generator.normal([1, network.inputChannels, size / 8, size / 8]), timesteps: [500],
                context: generator.normal([1, 77, network.structure.contextWidth ?? 768]), sigma: 1, sides: [.positive])
            try time("U-Net step \(size)x\(size)") { _ = try network.predict(call) }
        }
        if let source = checkpoint.vae {
            for size in sizes {
                let latent = generator.normal([1, 4, size / 8, size / 8])
                try time("VAE decode \(size)x\(size)") { _ = try VAE(source).decode(latent) }
            }
        }
        let picture = Image(generator.normal([1, 6000, 6000, 3]))
        for method in [Resampling.bicubic, .lanczos, .bislerp] {
            try time("\(method) 6000x6000 to 8000x8000") { _ = try picture.resized(width: 8000, height: 8000, by: method) }
        }
        try time("blur of radius 31, 6000x6000") { _ = try picture.pixels.blurred(GaussianKernel(radius: 31, sigma: 0.4)) }
        try time("few colours, 6000x6000") { _ = try picture.quantized(colours: 64, dithering: .floydSteinberg) }
        let bytes = try PNGWriter.encode(picture)
        try time("writing a PNG, 6000x6000") { _ = try PNGWriter.encode(picture) }
        try time("reading a PNG, 6000x6000") { _ = try Picture.read(bytes: bytes, name: "picture") }
        try time("reading and packing a U-Net") { _ = try Model(checkpoint).network() }
        let path = try model ?? RecipeModels.make("sd1-full", in: folder)
        try time("hashing a checkpoint") { _ = try FileDigests(memoFolder: nil).digest(ofFileAt: path) }
    }

    /// Stops the work at each moment and prints the longest time that it went on.
    private func time(_ title: String, _ work: () throws -> Void) throws {
        var waits: [Double] = []
        for moment in 1...max(moments, 1) {
            let cancellation = Cancellation()
            let asked = Mutex<ContinuousClock.Instant?>(nil)
            let delay = seconds * Double(moment) / Double(max(moments, 1))
            let timer = Thread {
                Thread.sleep(forTimeInterval: delay)
                asked.withLock { $0 = .now }
                cancellation.cancel()
            }
            timer.start()
            do {
                try cancellation.whileCurrent(work)
            } catch is CancellationError {
            } catch let problem as PictureError where problem.code == .interrupted {}
            // Done before it was asked.
            guard let asked = asked.withLock({ $0 }) else { break }
            waits.append((ContinuousClock.now - asked) / .seconds(1))
        }
        let longest = waits.max().map { decimal($0, 3) + " s" } ?? "done before"
        print("\(title): \(longest), stopped \(waits.count) times")
    }
}
