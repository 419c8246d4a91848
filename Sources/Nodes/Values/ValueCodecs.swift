internal import Diffusion
internal import Pictures
internal import WorkflowEngine

/// Values of this domain as they survive the process and travel to others.
///
/// Pictures, latents and embeddings are written down as they are. A model is a recipe: the digests of its files and what was asked to
/// be changed. Whoever reads it finds the files by their content; where one is missing, the value isn't there, and is made again.
struct ValueCodecs {
    private let byType: [String: any ValueCodec]

    /// - Parameter files: finds the files that recipes name.
    init(files: any FileFinder) {
        var byType: [String: any ValueCodec] = [:]
        func add<Value: WorkflowValue & Described>(_ type: Value.Type) {
            let name = Value.blank.typeName
            byType[name] = DescribedCodec<Value>(typeName: name, files: files)
        }
        add(Image.self)
        add(Mask.self)
        add(Latent.self)
        add(Sigmas.self)
        add(Conditioning.self)
        add(VisionOutput.self)
        add(ConditioningHooks.self)
        add(HookKeyframes.self)
        add(LatentOperation.self)
        add(ScheduleRange.self)
        add(StartNoise.self)
        add(Guider.self)
        add(Model.self)
        add(TextEncoder.self)
        add(VAE.self)
        add(ControlNet.self)
        add(VisionEncoder.self)
        add(StyleModel.self)
        add(UpscaleModel.self)
        add(PhotoMaker.self)
        add(GroundingModel.self)
        self.byType = byType
    }

    func codec(for typeName: String) -> (any ValueCodec)? { byType[typeName] }
}

/// Writes and reads one type by its own description.
private struct DescribedCodec<Value: WorkflowValue & Described>: ValueCodec {
    let typeName: String
    let files: any FileFinder

    func encode(_ value: any WorkflowValue) throws -> StoredValue? {
        guard var value = value as? Value else { return nil }
        let visitor = StoringVisitor()
        do {
            try value.describe(to: visitor)
        } catch is DescriptionError {
            // Made of something that only this process has.
            return nil
        }
        return visitor.stored
    }

    func decode(_ stored: StoredValue) throws -> any WorkflowValue {
        var value = Value.blank
        try value.describe(to: RestoringVisitor(stored, files: files))
        return value
    }
}
