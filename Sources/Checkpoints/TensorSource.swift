public import Digests
internal import Problems
public import Tensors

/// What is known of a stored tensor without reading it.
public struct TensorInfo: Sendable, Hashable {
    public var dtype: DType
    public var shape: [Int]
    public init(dtype: DType, shape: [Int]) {
        self.dtype = dtype
        self.shape = shape
    }
}

/// Named tensors from somewhere: a file, a folder of files, another source with patches applied.
///
/// Listing and digests are cheap and read no weights; a tensor is read, mapped or computed only when it is asked for.
public protocol TensorSource: Sendable {
    /// All names with types and shapes.
    var directory: [String: TensorInfo] { get }

    /// The tensor of that name.
    ///
    /// - Throws: `CheckpointError` when there is none or it can't be read.
    func tensor(named name: String) throws -> Tensor

    /// Identifies what `tensor(named:)` would give, without reading it: equal digests mean equal tensors.
    func digest(of name: String) throws -> Digest

    /// For messages: a file name.
    var displayName: String { get }

    /// Identifies the whole content.
    func contentDigest() throws -> Digest

    /// The caller has copied what it needs of this tensor: its pages in a mapped file may be given back to the system.
    func releasePages(of name: String)
}

extension TensorSource {
    /// The content of the whole and the name within it.
    public func digest(of name: String) throws -> Digest {
        var builder = DigestBuilder()
        builder.add("tensor")
        builder.add(try contentDigest())
        builder.add(name)
        return builder.finish()
    }

    public func releasePages(of name: String) {}

    /// What `tensor(named:)` throws for a name that isn't there, with the nearest one that is.
    public func missingTensor(_ name: String) -> CheckpointError {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        let beginning = name.dropLast(last.count)
        let siblings = directory.keys.filter { $0.hasPrefix(beginning) }.sorted()
        return CheckpointError(
            .missingTensor, file: displayName, tensor: name.excerpt, reason: "this tensor isn't in the file",
            hint: siblings.isEmpty || beginning.isEmpty
                ? nil : "beside it there are \(siblings.prefix(4).joined(separator: ", "))")
    }
}
