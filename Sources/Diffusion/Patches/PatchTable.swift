internal import Problems
internal import Descriptions
internal import Digests

/// Every kind of patch, so that one that was written down can be read: a line each.
enum PatchTable {
    static let all: [any ModelPatch.Type] = [
        AdaptiveProjectedGuidance.self,
        BatchGuidance.self,
        CFGNorm.self,
        CFGZeroStar.self,
        DifferentialDiffusion.self,
        Downscaling.self,
        EpsilonScaling.self,
        FreeU.self,
        FrequencyScaling.self,
        GuidanceOperation.self,
        HyperTile.self,
        HypernetworkPatch.self,
        LoRAPatch.self,
        Mahiro.self,
        MergePatch.self,
        PerpNegPatch.self,
        PerturbedAttentionGuidance.self,
        RenormCFG.self,
        RescaleCFG.self,
        SamplingOverride.self,
        ScaledLayers.self,
        SelfAttentionGuidance.self,
        StepCaching.self,
        TangentialDamping.self,
        TokenMerging.self,
        TowardsPatch.self,
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { (name(of: $0), $0) })

    /// What a kind is called where it is written down: its type's name.
    static func name(of type: any ModelPatch.Type) -> String { _typeName(type, qualified: false) }

    static func blank(_ name: String) throws -> any ModelPatch {
        guard let type = byName[name] else { throw DescriptionError("no patch is called \(name)") }
        return type.blank
    }
}

extension FieldVisitor {
    func visit(anyPatch name: String, _ value: inout any ModelPatch) throws {
        try visit(
            patch: name, &value,
            { patch in
                let kind = try kind("patch", PatchTable.name(of: type(of: patch)))
                if isReading { patch = try PatchTable.blank(kind) }
                try patch.describe(to: self)
            }, digest: { try $0.digest() })
    }

    func visit(weightPatch name: String, _ value: inout any WeightPatch) throws {
        var patch: any ModelPatch = value
        try visit(anyPatch: name, &patch)
        guard let weightPatch = patch as? any WeightPatch else {
            throw DescriptionError("\(PatchTable.name(of: type(of: patch))) changes no weights")
        }
        value = weightPatch
    }
}

/// Every kind of change that a hook can be.
enum ChangeTable {
    static let all: [any ScalableChange.Type] = [CheckpointChange.self, LoRAChange.self]

    static func name(of type: any ScalableChange.Type) -> String { _typeName(type, qualified: false) }

    static func blank(_ name: String) throws -> any ScalableChange {
        guard let type = all.first(where: { self.name(of: $0) == name }) else { throw DescriptionError("no hook is called \(name)") }
        return type.blank
    }
}
