import Cancellations
import Checkpoints
import Pictures
import Tensors
import Testing

@testable import Diffusion
@testable import Networks

/// Stops some work at places where it asks, evenly chosen: it must throw at each of them, and end when let through.
///
/// - Parameters:
///   - least: how often it must ask at least.
///   - most: at how many places it is stopped at most.
func expectStoppable(
    _ what: String, askingAtLeast least: Int, stoppedAtMost most: Int = 24, at location: SourceLocation = #_sourceLocation,
    _ work: () throws -> Void
) throws {
    // What is hashed and packed once and then kept.
    try work()
    let whole = Cancellation(afterChecks: .max)
    try whole.whileCurrent(work)
    let checks = whole.checks
    #expect(checks >= least, "\(what) asks \(checks) times", sourceLocation: location)
    for place in stride(from: 0, to: checks, by: max(1, (checks + most - 1) / most)) {
        #expect(throws: CancellationError.self, "\(what) at place \(place) of \(checks)", sourceLocation: location) {
            try Cancellation(afterChecks: place).whileCurrent(work)
        }
    }
}

@Suite("Stopping networks")
struct StoppingTests {
    @Test("a U-Net that is cancelled after any number of operations runs exactly those")
    func everyOperation() throws {
        let counter = OperationCounter()
        let network = try Model(Reference.checkpoint()).network(operations: Operations(executor: counter))
        let call = ControlTests.call()
        // The text's projections are kept from the first call.
        _ = try network.predict(call)
        _ = counter.take()
        let whole = try network.predict(call)
        let total = counter.take().values.reduce(0, +)
        #expect(total > 100)
        for count in 0..<total {
            #expect(throws: CancellationError.self, "after \(count)") {
                try Cancellation(afterChecks: count).whileCurrent { try network.predict(call) }
            }
            #expect(counter.take().values.reduce(0, +) == count)
        }
        #expect(try network.predict(call).hasSameBits(as: whole))
    }

    @Test("packing stops between layers, and what was packed is kept")
    func packing() throws {
        let model = try Model(Reference.checkpoint())
        let whole = WeightStore(budget: 1 << 30)
        _ = try model.network(store: whole)
        for place in stride(from: 0, to: whole.counters.packed, by: 25) {
            let store = WeightStore(budget: 1 << 30)
            #expect(throws: CancellationError.self) {
                try Cancellation(afterChecks: place).whileCurrent { try model.network(store: store) }
            }
            #expect(store.counters.packed == place)
        }
    }

    @Test("text encoders stop between layers")
    func text() throws {
        let encoder = try #require(TextEncoder(Reference.checkpoint()))
        try expectStoppable("the text encoder", askingAtLeast: 20) { _ = try encoder.encode("a (cat:1.2) on a mat") }
    }

    @Test("vision encoders stop between layers")
    func vision() throws {
        let encoder = try VisionTests.encoder("vision-mini")
        let picture = Image(Tensor(repeating: 0.5, shape: [1, 40, 30, 3]))
        try expectStoppable("the vision encoder", askingAtLeast: 20) { _ = try encoder.encode(picture, cropping: .center) }
    }

    @Test("ControlNets and adapters stop between layers", arguments: ["controlnet-mini", "t2i-mini"])
    func control(recipe: String) throws {
        let control = try ControlNet(detecting: ControlTests.recipe(recipe), fileName: recipe + ".safetensors")
        let application = ControlApplication(control: control, hint: ControlTests.hint, strength: 0.5)
        try expectStoppable(recipe, askingAtLeast: 20) {
            _ = try ControlRun(store: WeightStore(budget: 1 << 30)).residuals(of: [application], for: ControlTests.call()) { _ in true }
        }
    }

    @Test("an autoencoder that is asked to stop gives nothing, and afterwards the same picture as ever")
    func autoencoder() throws {
        let vae = VAE(try #require(Reference.checkpoint().vae))
        let latent = Tensor((0..<4 * 64).map { Float($0 % 19) / 9 - 1 }, shape: [1, 4, 8, 8])
        let whole = try vae.decode(latent)
        let stopped = Cancellation()
        let options = VAEOptions(operations: Operations(observer: Stopper(cancellation: stopped)))
        #expect(throws: CancellationError.self) { try stopped.whileCurrent { try vae.decode(latent, options: options) } }
        #expect(try vae.decode(latent).pixels.hasSameBits(as: whole.pixels))
    }

    /// Cancels at the first layer that it sees.
    private struct Stopper: LayerObserver {
        let cancellation: Cancellation
        func layer(_ kind: TensorOperation.Kind, _ name: String, took: Duration, output: Tensor) { cancellation.cancel() }
    }

    @Test("upscalers stop between layers and tiles")
    func upscaler() throws {
        let model = try UpscaleModel(ReferenceFile.model("upscaler-rrdb-x2"))
        let picture = Image(Tensor(repeating: 0.5, shape: [1, 40, 70, 3]))
        try expectStoppable("the upscaler", askingAtLeast: 30) { _ = try model.upscaled(picture, tile: 36) }
    }

    @Test("saving a difference of low rank stops between tensors and products")
    func lowRank() throws {
        let matrix = Tensor((0..<60 * 50).map { Float($0 * $0 % 97) / 97 }, shape: [60, 50])
        try expectStoppable("the approximation", askingAtLeast: 8) { _ = try LowRankApproximation(matrix, rank: 4) }
    }
}
