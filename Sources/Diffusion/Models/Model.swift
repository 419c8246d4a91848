internal import Problems
public import Checkpoints
public import Descriptions
public import Networks
public import Samplers
public import Tensors

/// A denoising model as a recipe: where its weights are, and what was asked to be changed about it. ComfyUI's MODEL.
///
/// Cheap to make and to copy. The weights are read, patched and packed when `network(store:)` is called.
public struct Model: Sendable {
    /// The U-Net's tensors under their original names without a prefix: `input_blocks.0.0.weight`.
    public private(set) var content: any TensorSource
    public private(set) var family: ModelFamily
    /// Sizes, read off the tensors.
    public private(set) var structure: UNetStructure
    /// What the network was trained to predict, and at which noise levels; patches may say otherwise.
    public private(set) var trained: SamplingSettings
    /// In the order in which the workflow applied them.
    public private(set) var patches: [any ModelPatch] = []

    /// The model of a checkpoint, or of a file that holds a U-Net alone.
    ///
    /// - Throws: `NetworkError.notRecognised` for families that Darkroom tells apart but doesn't compute.
    public init(_ checkpoint: Checkpoint) throws {
        if let refusal = checkpoint.family.refusal {
            throw NetworkError(
                .notRecognised, in: checkpoint.source.displayName, reason: "this is a model of the family \(checkpoint.family.title)",
                hint: refusal)
        }
        content = checkpoint.unet
        family = checkpoint.family
        structure = checkpoint.structure
        trained = SamplingSettings(trained: checkpoint.prediction, noise: checkpoint.family.noise)
    }

    private init(content: any TensorSource, family: ModelFamily, structure: UNetStructure, trained: SamplingSettings) {
        self.content = content
        self.family = family
        self.structure = structure
        self.trained = trained
    }

    /// The same model with one more patch.
    public func patched(_ patch: any ModelPatch) -> Model {
        var copy = self
        copy.patches.append(patch)
        return copy
    }

    /// The patches of one kind, in order.
    public func patches<Patch>(of kind: Patch.Type) -> [Patch] { patches.compactMap { $0 as? Patch } }

    /// The weights after all weight patches, still unread.
    public func patchedContent() throws -> any TensorSource {
        try patches.reduce(content) { try ($1 as? any WeightPatch)?.applied(to: $0) ?? $0 }
    }

    /// The network with all patches, ready to compute. Reads and packs what the store doesn't hold yet.
    ///
    /// - Parameter operations: has everything computed; others than the plain ones look on, or count.
    public func network(store: WeightStore = .shared, operations: Operations = Operations()) throws -> UNet {
        try network(LayerLoader(source: try patchedContent(), store: store), operations: operations)
    }

    /// - Parameter loader: of the patched content.
    func network(_ loader: LayerLoader, operations: Operations = Operations()) throws -> UNet {
        var hooks = NetworkHooks()
        for patch in patches { try (patch as? any NetworkPatch)?.install(in: &hooks, of: self) }
        return try UNet(structure, family: family, loader: loader, hooks: hooks, operations: operations)
    }
}

extension Model: Recipe {
    public static var blank: Model {
        Model(content: NoSource(), family: .all[0], structure: .empty, trained: SamplingSettings())
    }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("model"))
        try visitor.visit("content", &content)
        // All that follows from the content.
        try visitor.unmarked {
            var name = family.name
            try visitor.visit("family", &name)
            try visitor.visit(part: "trained", &trained)
            guard visitor.isReading else { return }
            guard let named = ModelFamily.all.first(where: { $0.name == name }) else { throw DescriptionError("no family \(name)") }
            family = named
            structure = try UNetStructure(Weights(content))
        }
        let count = try visitor.count("patches", patches.count)
        if visitor.isReading { patches = Array(repeating: Mahiro(), count: count) }
        for index in patches.indices { try visitor.visit(anyPatch: "patches.\(index)", &patches[index]) }
    }
}

extension SamplingSettings {
    /// What a checkpoint says about its training, at the noise levels of its family.
    init(trained: TrainedPrediction, noise: NoiseTable) {
        let schedule: Schedule =
            switch noise {
            case .standard: .discrete
            case .upscaling: .upscaling
            }
        switch trained {
        case .epsilon: self.init(schedule: schedule)
        case .velocity(let zeroTerminalSNR):
            self.init(prediction: .v, schedule: zeroTerminalSNR ? .discreteZeroSNR : schedule)
        case .continuousVelocity(let low, let high):
            self.init(prediction: .v, schedule: .continuousV(sigmaMin: Double(low), sigmaMax: Double(high)))
        case .edm:
            // Playground 2.5's published configuration.
            self.init(prediction: .edm, schedule: .continuousEDM(sigmaMin: 0.002, sigmaMax: 80), sigmaData: 0.5)
        }
    }
}
