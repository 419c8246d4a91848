public import Digests

/// What one computation gave, by the digests of what it gave: tiny, and kept long after the contents are gone.
public struct ResultRecord: Sendable {
    /// The digest of everything the computation depended on.
    public var key: Digest
    /// Canonical node type.
    public var type: String
    /// For each output, its elements: one, or those of a list.
    public var outputs: [[ContentStub]]
    /// Files the node wrote, the last time and earlier into other folders. None where it writes nothing.
    public var files: [WrittenFiles]
    /// Texts it showed.
    public var texts: [String]
    /// What it did otherwise than was asked, told again whenever the result is used.
    public var warnings: [String] = []
    /// Seconds it took, without its inputs.
    public var seconds: Double

    /// Bytes of all outputs.
    public var byteCount: Int { outputs.reduce(0) { $0 + $1.reduce(0) { $0 + $1.byteCount } } }
}

/// Files that a node wrote, all into the same folders.
public struct WrittenFiles: Sendable, Hashable {
    /// Which folders they were, as a digest of their paths: nothing of a machine is in a record.
    var place: Digest
    var files: [WrittenFile]
}

/// A file a node wrote, as it was then: a changed or missing one is no longer that result.
public struct WrittenFile: Sendable, Hashable {
    /// Relative to the folder that results of its kind are written to; absolute where it lay elsewhere.
    var path: String
    var kind: OutputFile.Kind
    var size: Int64
    /// Nanoseconds since 1970.
    var modified: Int64
    /// Of its bytes; `nil` for a large one, which is told by size and time alone.
    var content: Digest?
}
