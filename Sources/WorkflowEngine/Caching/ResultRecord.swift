public import Digests

/// What one computation gave, by the digests of what it gave: tiny, and kept long after the contents are gone.
public struct ResultRecord: Sendable {
    /// The digest of everything the computation depended on.
    public var key: Digest
    /// Canonical node type.
    public var type: String
    /// For each output, its elements: one, or those of a list.
    public var outputs: [[ContentStub]]
    /// Files the node wrote.
    public var files: [WrittenFile]
    /// Texts it showed.
    public var texts: [String]
    /// Seconds it took, without its inputs.
    public var seconds: Double

    /// Bytes of all outputs.
    public var byteCount: Int { outputs.reduce(0) { $0 + $1.reduce(0) { $0 + $1.byteCount } } }
}

/// A file a node wrote, as it was then: a changed or missing one is no longer that result.
public struct WrittenFile: Sendable, Hashable {
    public var file: OutputFile
    var size: Int64
    /// Nanoseconds since 1970.
    var modified: Int64
}
