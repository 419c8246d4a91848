public import Digests

/// What flows along an edge of a graph: immutable, cheap to copy, shareable between threads.
///
/// The engine never looks inside. It needs to know three things: what the value is called on a socket, how much
/// memory it holds on to, and what it is, bit by bit, for keys.
public protocol WorkflowValue: Sendable {
    /// The socket type as ComfyUI writes it: `LATENT`, `IMAGE`, `INT`.
    var typeName: String { get }

    /// Bytes of memory this value keeps alive. Something that is shared and budgeted elsewhere (the weights behind
    /// a model recipe) doesn't count.
    var byteCount: Int { get }

    /// Feeds everything that tells this value from another of its type.
    ///
    /// Two values with equal feeds are interchangeable everywhere. A model feeds its recipe (content of the
    /// checkpoint, patches), not its weights. The type name is added by the engine.
    ///
    /// - Throws: when something that the value stands for can't be read any more; the node that gave it then fails.
    func feed(into digest: inout DigestBuilder) throws
}

extension WorkflowValue {
    /// The digest of this value: its type name and its content.
    public var contentDigest: Digest {
        get throws {
            var builder = DigestBuilder()
            builder.add(typeName)
            try feed(into: &builder)
            return builder.finish()
        }
    }
}

/// A value where a node has nothing to give: the VAE of a checkpoint without one.
///
/// Passing it on is fine, using it is the error of the node that does.
public struct AbsentValue: WorkflowValue, Equatable {
    public init() {}
    public var typeName: String { "NONE" }
    public var byteCount: Int { 0 }
    public func feed(into digest: inout DigestBuilder) { digest.addNone() }
}
