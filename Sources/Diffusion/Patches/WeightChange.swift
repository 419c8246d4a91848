internal import Checkpoints
internal import Descriptions
internal import Digests
internal import Tensors

/// One kind of change to one weight: a formula over the weight, the patch's own tensors, and a strength.
///
/// A kind is a type in a file of its own. It checks its tensors against one another when it is made, and against the weight in
/// `fits`; the formula can then trust all shapes.
protocol WeightChange: Sendable {
    /// Whether the change can be applied to a weight of that shape. One that can't leaves the weight as it is.
    func fits(_ shape: [Int]) -> Bool

    /// The changed weight.
    ///
    /// - Parameter weight: `float32`, `[outputs, inputs]` or `[outputs, inputs, height, width]`; a vector for biases and norms.
    func changed(_ weight: Tensor, strength: Float) throws -> Tensor

    /// Feeds the name of the kind, and what identifies the tensors it uses.
    func feed(into digest: inout DigestBuilder) throws
}

/// A source with changes to some of its tensors, made when a tensor is asked for.
///
/// The digest of an untouched tensor is the base's own, so layers that no change touches are packed once for all models.
struct PatchedSource: PatchedContent {
    let base: any TensorSource
    /// In the order of application.
    let changes: [String: [any WeightChange]]
    let strength: Float
    /// What all changes come from; identifies them together.
    let patch: any WeightPatch
    let directory: [String: TensorInfo]

    /// - Parameter changes: by name of the tensor; those that don't fit are left out.
    init(_ base: any TensorSource, changes: [String: [any WeightChange]], strength: Float, patch: any WeightPatch) {
        self.base = base
        self.strength = strength
        self.patch = patch
        var directory = base.directory
        var fitting: [String: [any WeightChange]] = [:]
        for (name, list) in changes {
            guard let info = directory[name], info.dtype.isFloatingPoint else { continue }
            let usable = list.filter { $0.fits(info.shape) }
            guard !usable.isEmpty else { continue }
            fitting[name] = usable
            directory[name]?.dtype = .float32
        }
        self.changes = fitting
        self.directory = directory
    }

    func tensor(named name: String) throws -> Tensor {
        let stored = try base.tensor(named: name)
        guard let changes = changes[name] else { return stored }
        let weight = stored.float32()
        base.releasePages(of: name)
        return try changes.reduce(weight) { try $1.changed($0, strength: strength) }
    }

    func digest(of name: String) throws -> Digest {
        let digest = try base.digest(of: name)
        guard let changes = changes[name] else { return digest }
        var builder = DigestBuilder()
        builder.add("patched")
        builder.add(digest)
        builder.add(strength)
        for change in changes { try change.feed(into: &builder) }
        return builder.finish()
    }

    var displayName: String { base.displayName }

    func contentDigest() throws -> Digest {
        var builder = DigestBuilder()
        builder.add("patched source")
        builder.add(try patch.digest())
        builder.add(try base.contentDigest())
        return builder.finish()
    }

    func releasePages(of name: String) {
        if changes[name] == nil { base.releasePages(of: name) }
    }
}
