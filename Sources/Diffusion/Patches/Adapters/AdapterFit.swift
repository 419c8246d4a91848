public import Checkpoints
internal import Tensors

/// How much of a LoRA file there is a place for in a model.
public struct AdapterFit: Sendable, Hashable {
    /// Why a layer has no effect.
    public enum Misfit: Sendable, Hashable, CaseIterable {
        /// The model has no layer of that name.
        case unknownName
        /// The model's layer has another shape.
        case shape
        /// Parts of it are missing, or don't fit one another.
        case incomplete
    }

    /// Layers that were looked for.
    public var count = 0
    /// Those without effect, by why, each list sorted.
    public var leftOut: [Misfit: [String]] = [:]

    public var leftOutCount: Int { leftOut.values.reduce(0) { $0 + $1.count } }
}

extension AdapterFile {
    /// The half of a model that a layer belongs to, by its name.
    public enum Side: Sendable, Hashable, CaseIterable { case model, text }

    private static let textBeginnings = [
        "lora_te", "lycoris_te", "text_encoder", "text_model.", "clip_", "te1_", "te2_", "te_", "lora_prior_te", "conditioner.",
    ]

    static func side(of module: String) -> Side { textBeginnings.contains(where: module.hasPrefix) ? .text : .model }

    /// Whether any layer belongs to that half.
    public func touches(_ side: Side) -> Bool { modules.keys.contains { Self.side(of: $0) == side } }

    /// Looks for every layer of some halves in the networks that the file is applied to. Reads names and shapes only.
    ///
    /// A layer fits when all that the file says of it has an effect in at least one network. Layers in a layout that never has one
    /// (`layersLeftOut`) aren't counted among those left out.
    ///
    /// - Parameter contents: of a U-Net (`input_blocks…`) and of text models (`clip_l.text_model…`), patches applied or not.
    public func fit(_ contents: [any TensorSource], sides: Set<Side>) -> AdapterFit {
        let networks = contents.map { (directory: $0.directory, targets: AdapterNames($0.directory).targets) }
        var fit = AdapterFit()
        for (name, module) in modules.sorted(by: { $0.key < $1.key }) where sides.contains(Self.side(of: name)) {
            fit.count += 1
            guard !module.isKroneckerWithCore else { continue }
            var misfit: AdapterFit.Misfit? = .unknownName
            for (directory, targets) in networks {
                guard misfit != nil, let target = targets[name] else { continue }
                misfit = module.misfit(at: target, in: directory)
            }
            if let misfit { fit.leftOut[misfit, default: []].append(name) }
        }
        return fit
    }
}

extension AdapterModule {
    fileprivate func misfit(at target: String, in directory: [String: TensorInfo]) -> AdapterFit.Misfit? {
        let changes = changes(of: target)
        if changes.isEmpty || hasFactors && factored == nil { return .incomplete }
        for (tensor, change) in changes {
            guard let info = directory[tensor], info.dtype.isFloatingPoint else { return .unknownName }
            guard change.fits(info.shape) else { return .shape }
        }
        return nil
    }
}
