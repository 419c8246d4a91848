public import Checkpoints
internal import Tensors

/// A LoRA file or one of its kin: its tensors sorted by the layers that they change.
///
/// Names are `<module><ending>`. The module is spelled in one of many ways (`AdapterNames`), the ending says what the tensor is
/// (`AdapterPart`). What fits no known ending is no part of an adapter and is left alone.
public struct AdapterFile: Sendable {
    public let source: any TensorSource
    let modules: [String: AdapterModule]

    /// Reads names only.
    public init(_ source: any TensorSource) {
        self.source = source
        var modules: [String: AdapterModule] = [:]
        for name in source.directory.keys {
            guard let (ending, part) = AdapterPart.endings.first(where: { name.hasSuffix($0.0) }) else { continue }
            modules[String(name.dropLast(ending.count)), default: AdapterModule(source: source)].names[part] = name
        }
        self.modules = modules
    }

    /// How many layers it changes, wherever they are.
    public var moduleCount: Int { modules.count }

    /// Whether it turns rows of weights, by rotations that equations are solved for.
    var hasRotations: Bool { modules.values.contains { $0.has(.orthogonalBlocks) } }

    /// Layers in a layout that has no effect in the reference, and so none here: LoKr with a core.
    public var layersLeftOut: Int { modules.values.count { $0.has(.kroneckerCore) && !$0.has(.kronecker2) } }

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
            let adapter: (any WeightChange)? =
                LowRankChange(module) ?? HadamardChange(module) ?? KroneckerChange(module)
                ?? GatedChange(module) ?? OrthogonalChange(module)
            if let adapter { changes[target, default: []].append(adapter) }
            let bias = target.hasSuffix(".weight") ? String(target.dropLast("weight".count)) + "bias" : nil
            for (part, name) in [
                (AdapterPart.difference, target), (.normWeight, target), (.replacement, target), (.biasDifference, bias),
                (.normBias, bias),
            ] {
                if let name, let change = FullChange(module, part) { changes[name, default: []].append(change) }
            }
        }
        return changes
    }
}

private func ?? (left: (some WeightChange)?, right: @autoclosure () -> (any WeightChange)?) -> (any WeightChange)? {
    if let left { left } else { right() }
}
