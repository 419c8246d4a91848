public import Checkpoints
public import Networks
internal import Samplers
internal import Tensors

// Models under the names of Stable Diffusion's own checkpoints, so that every program can read them.

extension SavedTensors {
    /// The denoising network with all weight patches applied, and the marks by which a model for v-prediction is known.
    public mutating func add(_ model: Model) throws {
        let patched = try model.patchedContent()
        for name in try model.parameters().parameters.map(\.name) {
            add("model.diffusion_model." + name, from: patched, named: name, storedAs: model.content.directory[name])
        }
        let settings = model.samplingSettings
        switch settings.prediction {
        case .v: addMark("v_pred")
        default: break
        }
        if settings.schedule == .discreteZeroSNR { addMark("ztsnr") }
    }

    /// A VAE under the names that it has inside a checkpoint, or in a file of its own. Nothing of a small one, whose halves are two files.
    ///
    /// - Parameter prefix: `first_stage_model.`, or empty.
    /// - Throws: `NetworkError` when its tensors are no autoencoder.
    public mutating func add(_ vae: VAE, prefix: String) throws {
        guard let source = vae.source else { return }
        for name in try vae.parameters().parameters.map(\.name) { add(prefix + name, from: source, named: name, storedAs: nil) }
    }

    /// A text encoder with all patches applied, where a checkpoint of that family has it.
    public mutating func add(_ encoder: TextEncoder, family: ModelFamily) throws {
        for (part, patched) in zip(encoder.models, try encoder.patchedContents()) {
            let prefix = Self.place(of: part.configuration.kind, in: family)
            switch part.configuration.kind {
            case .clipL: try add(part, patched, prefix: prefix)
            case .openCLIPH, .openCLIPG: try addOpenCLIP(part, patched, prefix: prefix)
            }
        }
    }

    /// Where checkpoints of a family have a text model; for one that isn't the family's, where the latest family that has it does.
    private static func place(of kind: TextEncoderKind, in family: ModelFamily) -> String {
        let owner = [family] + ModelFamily.all.reversed()
        return owner.flatMap(\.textModels).first { $0.kind == kind }?.places.first ?? ""
    }

    /// One text model under Hugging Face's names.
    ///
    /// - Parameters:
    ///   - patched: the model's tensors after all patches.
    ///   - prefix: put before each name; empty for a file of its own.
    /// - Throws: `NetworkError` when they are no text model.
    public mutating func add(_ part: TextEncoder.Part, _ patched: any TensorSource, prefix: String) throws {
        let key = part.configuration.key + "."
        for name in try Self.names(of: part, in: patched) {
            add(prefix + name.dropFirst(key.count), from: patched, named: name, storedAs: part.content.directory[name])
        }
    }

    /// The parameters of a text model, and what CLIP's files hold beside them where this one does: numbers of the places, and the
    /// temperature of the training.
    private static func names(of part: TextEncoder.Part, in patched: any TensorSource) throws -> [String] {
        let tree = try part.parameters(in: patched)
        let beside = tree.unused(in: part.content.directory).filter { name in
            [".embeddings.position_ids", ".logit_scale"].contains { name.hasSuffix($0) }
        }
        return (tree.parameters.map(\.name) + beside).sorted()
    }

    /// One text model under OpenCLIP's names, which SD2 and SDXL checkpoints have: queries, keys and values are one matrix there, and
    /// the projection is turned.
    private mutating func addOpenCLIP(_ part: TextEncoder.Part, _ patched: any TensorSource, prefix: String) throws {
        let key = part.configuration.key + "."
        let stored = part.content.directory
        let places = try Self.names(of: part, in: patched).compactMap { name in
            OpenCLIPNames.place(ofText: String(name.dropFirst(key.count))).map { (name: name, place: $0) }
        }
        for (name, place) in places {
            guard let info = stored[name] else { continue }
            switch place {
            case .whole(let target): add(prefix + target, from: patched, named: name, storedAs: info)
            case .turned(let target):
                guard info.shape.count == 2 else { continue }
                add(prefix + target, TensorInfo(dtype: .float32, shape: [info.shape[1], info.shape[0]])) {
                    try patched.tensor(named: name).float32().permuted([1, 0])
                }
            case .rows(let target, let first, let count):
                // The whole is written where its first part comes by.
                guard first == 0 else { continue }
                let parts = (0..<count).compactMap { part in
                    places.first { $0.place == .rows(target, part: part, of: count) }?.name
                }
                guard parts.count == count, parts.allSatisfy({ stored[$0]?.shape == info.shape }) else { continue }
                add(prefix + target, TensorInfo(dtype: .float32, shape: [count * info.shape[0]] + info.shape.dropFirst())) {
                    Tensor.concatenated(try parts.map { try patched.tensor(named: $0).float32() }, along: 0)
                }
            }
        }
    }
}
