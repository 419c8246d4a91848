public import Checkpoints
public import Descriptions
internal import Digests
internal import Tensors

/// Multiplies weights and biases of some layers, as the attention experiments do with projections.
public struct ScaledLayers: WeightPatch {
    /// Layers that are found by a part of their path, and what they are multiplied by.
    public struct Factor: Sendable, Hashable {
        /// Whole components of a name: `self_attn.q_proj` is in `encoder.layers.0.self_attn.q_proj.weight`.
        public var pathPart: String
        public var factor: Float

        public init(pathPart: String, factor: Float) {
            self.pathPart = pathPart
            self.factor = factor
        }
    }

    /// The first that fits a name counts.
    public var factors: [Factor]

    public init(_ factors: [Factor]) { self.factors = factors }

    public func applied(to source: any TensorSource) throws -> any TensorSource { Source(base: source, layers: self) }

    public static var blank: ScaledLayers { ScaledLayers([]) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("scaled layers"))
        try visitor.list("factors", &factors, blank: Factor(pathPart: "", factor: 1)) { factor in
            try visitor.visit("pathPart", &factor.pathPart)
            try visitor.visit("factor", &factor.factor)
        }
    }

    fileprivate func factor(of name: String) -> Float? {
        factors.first { name.contains(".\($0.pathPart).") }.map(\.factor).flatMap { $0 == 1 ? nil : $0 }
    }

    private struct Source: PatchedContent {
        let base: any TensorSource
        let layers: ScaledLayers
        var patch: any WeightPatch { layers }

        var directory: [String: TensorInfo] { base.directory }
        var displayName: String { base.displayName }

        func tensor(named name: String) throws -> Tensor {
            let tensor = try base.tensor(named: name)
            guard let factor = layers.factor(of: name) else { return tensor }
            return tensor.float32() * factor
        }

        func digest(of name: String) throws -> Digest {
            let digest = try base.digest(of: name)
            guard let factor = layers.factor(of: name) else { return digest }
            var builder = DigestBuilder()
            builder.add("scaled")
            builder.add(factor)
            builder.add(digest)
            return builder.finish()
        }

        func contentDigest() throws -> Digest {
            var builder = DigestBuilder()
            try layers.feedFields(into: &builder)
            builder.add(try base.contentDigest())
            return builder.finish()
        }

        func releasePages(of name: String) { base.releasePages(of: name) }
    }
}
