internal import Checkpoints
internal import Networks
internal import Tensors

extension NetworkMemory {
    /// What sampling takes: the U-Net with its patches, ControlNets, and the activations of a call for all texts at once.
    ///
    /// The networks are gone through once without their weights. `nil` where that isn't worth while: everything fits by far.
    ///
    /// - Parameter latent: `[batch, channels, height, width]`.
    /// - Throws: `NetworkError` when no network can be assembled.
    init?(sampling guider: Guider, latent: [Int], store: WeightStore, limit: Int) throws {
        let model = guider.model
        let entries = guider.guidance.sides.flatMap(\.entries)
        let controls = entries.first?.controls ?? []
        let taken = MemoryBudget.taken(beside: store)
        let batch = latent[0] * max(entries.count, 1)
        let content = try model.patchedContent()
        let stored = ([content] + controls.map(\.control.content)).reduce(0) { sum, source in
            sum + source.directory.values.reduce(0) { $0 + $1.shape.reduce(1, *) * max($1.dtype.size, 2) }
        }
        let picture = latent[2] * latent[3] * batch * model.structure.modelChannels * 4
        // Some thirty pictures of the first level are alive at a time.
        if taken + stored + 64 * picture + (256 << 20) <= limit { return nil }

        let recorder = ParameterRecorder()
        func activations(apart: Bool) throws -> Int {
            let rehearsal = Rehearsal()
            let operations = Operations(executor: rehearsal)
            var network = try model.network(LayerLoader(surveying: content, recorder: recorder), operations: operations)
            network.takesItemsApart = apart
            var call = NetworkCall(rehearsing: network, latent: latent, batch: batch, entries: entries)
            for application in controls {
                let control = try application.control.network(model: model, operations: operations) {
                    LayerLoader(surveying: $0, recorder: recorder)
                }
                // The control network sees the latent alone; its hint's size doesn't count, since it is made to fit.
                var seen = call
                seen.x = call.x.narrowed(1, from: 0, count: min(network.latentChannels, call.x.shape[1]))
                let residuals = try control.residuals(for: seen, hint: .zeros([1, 8, 8, application.hint.shape.last ?? 3]))
                call.control = try call.control?.adding(residuals, place: "", operations) ?? residuals
            }
            _ = try network.predict(call)
            return rehearsal.peakBytes
        }
        let together = try activations(apart: false)
        let bytes = recorder.tree.packedBytes
        self.init(limit: limit, taken: taken, activations: together, weights: bytes.all, largestLayer: bytes.largest)
        if fits { return }
        var apart = self
        apart.takesItemsApart = true
        apart.activations = try activations(apart: true)
        // Items one after the other cost nothing but a second reading of what is streamed.
        if apart.fits || least > limit { self = apart }
    }
}

extension NetworkCall {
    /// A call as large as those of sampling will be.
    fileprivate init(rehearsing network: UNet, latent: [Int], batch: Int, entries: [Conditioning.Entry]) {
        let tokens = entries.map { $0.embedding.shape[1] }.max() ?? 1
        let width = network.structure.contextWidth ?? entries.map { $0.embedding.shape[2] }.max() ?? 1
        self.init(
            x: .zeros([batch, network.inputChannels, latent[2], latent[3]]), timesteps: Array(repeating: 0, count: batch),
            context: .zeros([batch, tokens, width]), sigma: 1,
            sides: (0..<max(entries.count, 1)).map { $0 == 0 ? .positive : .negative })
        if network.structure.labelClasses != nil { label = .zeros([batch, 1]) }
        if let width = network.structure.labelWidth { label = .zeros([batch, width]) }
    }
}
