public import Checkpoints
internal import Tensors

/// A LoRA file or one of its kin: its tensors sorted by the layers that they change.
///
/// Names are `<module><ending>`. The module is spelled in one of many ways (`AdapterNames`), the ending says what the tensor is
/// (`AdapterPart`). What fits no known ending is no part of an adapter; `strangers` names it. Which layers a model has is told by `fit`.
public struct AdapterFile: Sendable {
    public let source: any TensorSource
    let modules: [String: AdapterModule]
    /// Tensors that nothing is known to do with, sorted: parts of kinds that aren't supported, or of no adapter at all.
    public let strangers: [String]

    /// Reads names only.
    public init(_ source: any TensorSource) {
        self.source = source
        var modules: [String: AdapterModule] = [:]
        var strangers: [String] = []
        // Sorted: should two tensors mean the same part, the result doesn't depend on chance.
        for name in source.directory.keys.sorted() {
            guard let (module, part) = AdapterPart.split(name) else {
                // Textual inversions that trainers put beside a LoRA are for prompts.
                if !name.hasPrefix("bundle_emb.") { strangers.append(name) }
                continue
            }
            let key = PEFTNames.withoutWrapper(module)
            if modules[key]?.has(part) == true {
                strangers.append(name)
            } else {
                modules[key, default: AdapterModule(source: source)].names[part] = name
            }
        }
        self.modules = modules
        self.strangers = strangers
    }

    /// How many layers it changes, wherever they are.
    public var moduleCount: Int { modules.count }

    /// Whether it turns rows of weights, by rotations that equations are solved for.
    var hasRotations: Bool { modules.values.contains { $0.has(.orthogonalBlocks) } }

    /// Layers in a layout that has no effect in the reference, and so none here: LoKr with a core.
    public var layersLeftOut: Int { modules.values.count(where: \.isKroneckerWithCore) }

    /// How many of its layers are in a network with those tensors.
    public func matches(in directory: [String: TensorInfo]) -> Int {
        Set(AdapterNames(directory).targets.keys).intersection(modules.keys).count
    }

    /// The changes to each tensor of a network.
    func changes(for directory: [String: TensorInfo]) -> [String: [any WeightChange]] {
        let targets = AdapterNames(directory).targets
        var changes: [String: [any WeightChange]] = [:]
        // In the order of names: should two modules mean the same weight, the result doesn't depend on chance.
        for (name, module) in modules.sorted(by: { $0.key < $1.key }) {
            guard let target = targets[name] else { continue }
            for (tensor, change) in module.changes(of: target) { changes[tensor, default: []].append(change) }
        }
        return changes
    }
}

extension AdapterModule {
    /// LoKr with `lokr_t2`: decision 10.
    var isKroneckerWithCore: Bool { has(.kroneckerCore) && !has(.kronecker2) }

    /// Whether it has parts of a factored or multiplied change, beside differences in full.
    var hasFactors: Bool {
        !names.keys.allSatisfy { [.difference, .biasDifference, .normWeight, .normBias, .replacement].contains($0) }
    }

    /// What it changes about a layer whose weight has that name: tensors by their full names, and how.
    func changes(of target: String) -> [(tensor: String, change: any WeightChange)] {
        var changes: [(tensor: String, change: any WeightChange)] = []
        if let factored { changes.append((target, factored)) }
        let bias = target.hasSuffix(".weight") ? String(target.dropLast("weight".count)) + "bias" : nil
        for (part, name) in [
            (AdapterPart.difference, target), (.normWeight, target), (.replacement, target), (.biasDifference, bias),
            (.normBias, bias),
        ] {
            if let name, let change = FullChange(self, part) { changes.append((name, change)) }
        }
        return changes
    }

    /// Of its factors, a change; `nil` when it has none, or such as don't fit one another.
    var factored: (any WeightChange)? {
        LowRankChange(self) ?? HadamardChange(self) ?? KroneckerChange(self) ?? GatedChange(self) ?? OrthogonalChange(self)
    }
}

private func ?? (left: (some WeightChange)?, right: @autoclosure () -> (any WeightChange)?) -> (any WeightChange)? {
    if let left { left } else { right() }
}
