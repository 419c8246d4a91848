public import Checkpoints
public import Digests
public import Tensors

/// A part of another source: the tensors under a prefix, which is left off their names.
public struct ScopedSource: TensorSource {
    public let base: any TensorSource
    public let prefix: String
    public let directory: [String: TensorInfo]

    /// - Parameter prefix: with its final dot: `first_stage_model.`.
    public init(_ base: any TensorSource, prefix: String) {
        self.base = base
        self.prefix = prefix
        var directory: [String: TensorInfo] = [:]
        for (name, info) in base.directory where name.hasPrefix(prefix) {
            directory[String(name.dropFirst(prefix.count))] = info
        }
        self.directory = directory
    }

    public var displayName: String { base.displayName }
    public func tensor(named name: String) throws -> Tensor { try base.tensor(named: prefix + name) }
    public func digest(of name: String) throws -> Digest { try base.digest(of: prefix + name) }

    public func contentDigest() throws -> Digest {
        var builder = DigestBuilder()
        builder.add("scope")
        builder.add(prefix)
        builder.add(try base.contentDigest())
        return builder.finish()
    }
}

/// Another source under other names: files that store the same network in another layout.
public struct RenamedSource: TensorSource {
    public let base: any TensorSource
    public let directory: [String: TensorInfo]
    /// Our name to the base's name.
    private let names: [String: String]

    /// - Parameter rename: our name for one of the base's, `nil` to leave the tensor out.
    public init(_ base: any TensorSource, rename: (String) -> String?) {
        self.base = base
        var names: [String: String] = [:]
        var directory: [String: TensorInfo] = [:]
        for (name, info) in base.directory {
            guard let ours = rename(name) else { continue }
            names[ours] = name
            directory[ours] = info
        }
        self.names = names
        self.directory = directory
    }

    public var displayName: String { base.displayName }
    public func tensor(named name: String) throws -> Tensor { try base.tensor(named: names[name] ?? name) }
    public func digest(of name: String) throws -> Digest { try base.digest(of: names[name] ?? name) }

    /// The rules of renaming follow from the layout found in the content, so the content alone tells sources apart.
    public func contentDigest() throws -> Digest { try base.contentDigest() }
}
