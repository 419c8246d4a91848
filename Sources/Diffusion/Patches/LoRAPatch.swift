public import Checkpoints
public import Descriptions
internal import LinearAlgebra

/// A LoRA (or LoCon, LoHa, LoKr, GLoRA, OFT, DoRA, full difference) with a strength.
///
/// The same value patches a U-Net or a text encoder: whichever layers of it the file names. Layers whose shapes don't fit are left
/// as they are, as when a LoRA is for another family.
public struct LoRAPatch: WeightPatch {
    public private(set) var file: AdapterFile
    public private(set) var strength: Float

    /// - Parameter strength: 1 is as trained; may be negative.
    /// - Throws: `CheckpointError` when the file can't be read for its digest.
    public init(_ file: AdapterFile, strength: Float) throws {
        // An unreadable file is an error of whoever makes the patch, not of whoever asks for its digest.
        _ = try file.source.contentDigest()
        self.init(file: file, strength: strength)
    }

    private init(file: AdapterFile, strength: Float) {
        self.file = file
        self.strength = strength
    }

    public func applied(to source: any TensorSource) throws -> any TensorSource {
        // Nothing is added: the same weights, under the same digests.
        if strength == 0 { return source }
        return PatchedSource(source, changes: file.changes(for: source.directory), strength: strength, patch: self)
    }

    public static var blank: LoRAPatch { LoRAPatch(file: AdapterFile(NoSource()), strength: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("lora"))
        var source = file.source
        try visitor.visit("file", &source)
        if visitor.isReading { file = AdapterFile(source) }
        try visitor.visit("strength", &strength)
        // Rotations are solved for by a library: another one, or other kernels of it, may give other bits.
        if file.hasRotations { visitor.mark(.text(try DenseAlgebra.identity())) }
    }
}
