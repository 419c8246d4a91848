public import Checkpoints
public import Digests

/// A LoRA (or LoCon, LoHa, LoKr, GLoRA, OFT, DoRA, full difference) with a strength.
///
/// The same value patches a U-Net or a text encoder: whichever layers of it the file names. Layers whose shapes don't fit are left
/// as they are, as when a LoRA is for another family.
public struct LoRAPatch: WeightPatch {
    public let file: AdapterFile
    public let strength: Float
    private let content: Digest

    /// - Parameter strength: 1 is as trained; may be negative.
    /// - Throws: `CheckpointError` when the file can't be read for its digest.
    public init(_ file: AdapterFile, strength: Float) throws {
        self.file = file
        self.strength = strength
        content = try file.source.contentDigest()
    }

    public func applied(to source: any TensorSource) throws -> any TensorSource {
        // Nothing is added: the same weights, under the same digests.
        if strength == 0 { return source }
        return PatchedSource(source, changes: file.changes(for: source.directory), strength: strength, patchDigest: digest)
    }

    public func feed(into digest: inout DigestBuilder) {
        digest.add("lora")
        digest.add(content)
        digest.add(strength)
    }
}
