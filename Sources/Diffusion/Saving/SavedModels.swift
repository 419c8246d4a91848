public import Checkpoints
internal import Networks
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

    /// A VAE under the names that it has inside a checkpoint, or in a file of its own.
    ///
    /// - Parameter prefix: `first_stage_model.`, or empty.
    public mutating func add(_ source: any TensorSource, prefix: String) {
        for name in source.directory.keys.sorted() { add(prefix + name, from: source, named: name, storedAs: nil) }
    }

    /// A text encoder with all patches applied, where a checkpoint of that family has it.
    public mutating func add(_ encoder: TextEncoder, family: ModelFamily) throws {
        for (part, patched) in zip(encoder.models, try encoder.patchedContents()) {
            let prefix = Self.place(of: part.configuration.kind, in: family)
            switch part.configuration.kind {
            case .clipL: add(part, patched, prefix: prefix)
            case .openCLIPH, .openCLIPG: addOpenCLIP(part, patched, prefix: prefix)
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
    public mutating func add(_ part: TextEncoder.Part, _ patched: any TensorSource, prefix: String) {
        let key = part.configuration.key + "."
        for name in part.content.directory.keys.sorted() {
            add(prefix + name.dropFirst(key.count), from: patched, named: name, storedAs: part.content.directory[name])
        }
    }

    /// One text model under OpenCLIP's names, which SD2 and SDXL checkpoints have: queries, keys and values are one matrix there, and
    /// the projection is turned.
    private mutating func addOpenCLIP(_ part: TextEncoder.Part, _ patched: any TensorSource, prefix: String) {
        let key = part.configuration.key + "."
        let stored = part.content.directory
        for name in stored.keys.sorted() {
            let inner = String(name.dropFirst(key.count))
            if inner == "text_projection.weight" {
                guard let info = stored[name], info.shape.count == 2 else { continue }
                add(prefix + "text_projection", TensorInfo(dtype: .float32, shape: [info.shape[1], info.shape[0]])) {
                    try patched.tensor(named: name).float32().permuted([1, 0])
                }
            } else if let range = inner.firstRange(of: ".self_attn.q_proj.") {
                let kind = inner[range.upperBound...]
                let layer = inner[..<range.lowerBound]
                let parts = ["q", "k", "v"].map { "\(key)\(layer).self_attn.\($0)_proj.\(kind)" }
                guard let info = stored[name], parts.allSatisfy({ stored[$0]?.shape == info.shape }),
                    let target = Self.openCLIPName("\(layer).attn.in_proj_\(kind)")
                else { continue }
                add(prefix + target, TensorInfo(dtype: .float32, shape: [3 * info.shape[0]] + info.shape.dropFirst())) {
                    Tensor.concatenated(try parts.map { try patched.tensor(named: $0).float32() }, along: 0)
                }
            } else if !inner.contains(".self_attn.k_proj.") && !inner.contains(".self_attn.v_proj."), let target = Self.openCLIPName(inner)
            {
                add(prefix + target, from: patched, named: name, storedAs: stored[name])
            }
        }
    }

    private static func openCLIPName(_ name: String) -> String? {
        var name = name
        for (theirs, ours) in [
            ("text_model.embeddings.position_embedding.weight", "positional_embedding"),
            ("text_model.embeddings.token_embedding.weight", "token_embedding.weight"), ("text_model.final_layer_norm.", "ln_final."),
            ("text_model.encoder.layers.", "transformer.resblocks."), (".layer_norm1.", ".ln_1."), (".layer_norm2.", ".ln_2."),
            (".mlp.fc1.", ".mlp.c_fc."), (".mlp.fc2.", ".mlp.c_proj."), (".self_attn.out_proj.", ".attn.out_proj."),
        ] { name.replace(theirs, with: ours) }
        return name.hasPrefix("text_model.") ? nil : name
    }
}
