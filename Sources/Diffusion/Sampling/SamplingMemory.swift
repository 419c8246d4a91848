internal import Checkpoints
internal import Descriptions
internal import Digests
internal import Networks
internal import Tensors

extension NetworkMemory {
    /// What sampling takes: the U-Net with its patches, the networks that texts bring along, and the activations of a call for all
    /// texts at once.
    ///
    /// The networks are gone through once without their weights. `nil` where that isn't worth while: everything fits by far.
    ///
    /// - Parameter latent: `[batch, channels, height, width]`.
    /// - Throws: `NetworkError` when no network can be assembled.
    init?(sampling guider: Guider, latent: [Int], store: WeightStore, limit: Int) throws {
        let model = guider.model
        let entries = guider.guidance.sides.flatMap(\.entries)
        let companions = try Companions(entries)
        let held = model.patches.reduce(0) { $0 + (($1 as? any NetworkPatch)?.heldBytes ?? 0) } * (1 + companions.hooks.count)
        let taken = MemoryBudget.taken(beside: store) + held
        let batch = latent[0] * max(entries.count, 1)
        let content = try model.patchedContent()
        let picture = latent[2] * latent[3] * batch * model.structure.modelChannels * 4
        // Some thirty pictures of the first level are alive at a time.
        if taken + companions.storedBytes(beside: content) + 64 * picture + (256 << 20) <= limit { return nil }

        let layers = WeighedLayers()
        func load(_ source: any TensorSource) -> LayerLoader { LayerLoader(weighing: source, layers) }
        func activations(apart: Bool) throws -> Int {
            let rehearsal = Rehearsal()
            let operations = Operations(executor: rehearsal)
            var network = try model.network(load(content), operations: operations)
            network.takesItemsApart = apart
            if let grounding = companions.groundings.first {
                // Boxes differ from text to text: each has a call of its own.
                try rehearse(network, Array(entries.filter { $0.grounding != nil }.prefix(1)), grounding, operations)
            }
            let others = entries.filter { $0.grounding == nil }
            if !others.isEmpty || entries.isEmpty { try rehearse(network, others, nil, operations) }
            return rehearsal.peakBytes
        }
        func rehearse(_ network: UNet, _ entries: [Conditioning.Entry], _ grounding: Grounding?, _ operations: Operations) throws {
            var call = NetworkCall(rehearsing: network, latent: latent, entries: entries)
            for application in entries.map(\.controls).max(by: { $0.count < $1.count }) ?? [] {
                let control = try application.control.network(model: model, operations: operations, load)
                // The control network sees the latent alone; its hint's size doesn't count, since it is made to fit.
                var seen = call
                seen.x = call.x.narrowed(1, from: 0, count: min(network.latentChannels, call.x.shape[1]))
                let residuals = try control.residuals(for: seen, hint: .zeros([1, 8, 8, application.hint.shape.last ?? 3]))
                call.control = try call.control?.adding(residuals, place: "", operations) ?? residuals
            }
            if let grounding {
                let network = try GroundingNetwork(loader: load(grounding.model.content))
                let tokens = try network.tokens(of: grounding.boxes, height: latent[2], width: latent[3], operations)
                call.tokenPatch = GroundingPatch(network: network, boxTokens: tokens)
            }
            _ = try network.predict(call)
        }
        let together = try activations(apart: false)
        for control in companions.controls { _ = try control.network(model: model, load) }
        for grounding in companions.groundings { _ = try GroundingNetwork(loader: load(grounding.model.content)) }
        for hooks in companions.hooks {
            let hooked = try model.hooked(hooks, strengths: hooks.hooks.map(\.modelStrength))
            _ = try hooked.network(load(hooked.patchedContent()))
        }
        self.init(limit: limit, taken: taken, activations: together, weights: layers.bytes, largestLayer: layers.largest)
        if fits { return }
        var apart = self
        apart.takesItemsApart = true
        apart.activations = try activations(apart: true)
        // Items one after the other cost nothing but a second reading of what is streamed.
        if apart.fits || least > limit { self = apart }
    }

    /// The networks that the texts of a run bring along, each once.
    private struct Companions {
        private(set) var controls: [ControlNet] = []
        private(set) var groundings: [Grounding] = []
        private(set) var hooks: [ConditioningHooks] = []

        init(_ entries: [Conditioning.Entry]) throws {
            var known: Set<Digest> = []
            for entry in entries {
                for application in entry.controls where known.insert(try application.control.digest()).inserted {
                    controls.append(application.control)
                }
                if let grounding = entry.grounding, known.insert(try grounding.model.digest()).inserted { groundings.append(grounding) }
                if !entry.hooks.isEmpty, known.insert(try entry.hooks.digest()).inserted { hooks.append(entry.hooks) }
            }
        }

        /// At least what all weights take when they are packed; hooks may change every layer, and make `float32` of it.
        func storedBytes(beside model: any TensorSource) -> Int {
            func bytes(_ source: any TensorSource, least: Int = 2) -> Int {
                source.directory.values.reduce(0) { $0 + $1.shape.reduce(1, *) * max($1.dtype.size, least) }
            }
            let others = controls.map(\.content) + groundings.map(\.model.content)
            return bytes(model) + others.reduce(0) { $0 + bytes($1) } + hooks.count * bytes(model, least: 4)
        }
    }
}

extension NetworkCall {
    /// A call as large as those of sampling will be.
    fileprivate init(rehearsing network: UNet, latent: [Int], entries: [Conditioning.Entry]) {
        let batch = latent[0] * max(entries.count, 1)
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
