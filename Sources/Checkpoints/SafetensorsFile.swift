public import Digests
internal import Formats
internal import Problems
public import Tensors

/// A safetensors file: its header checked when it is opened, its tensors views of the mapped file.
public final class SafetensorsFile: TensorSource {
    public let path: String
    /// Free text beside the tensors (`__metadata__`).
    public let metadata: [String: String]
    public let directory: [String: TensorInfo]
    let file: MappedFile
    private let storage: TensorStorage
    private let ranges: [String: Range<Int>]

    /// Opens and checks a file. Reads its header only.
    ///
    /// - Throws: `CheckpointError` that says where the file goes wrong.
    public convenience init(path: String) throws(CheckpointError) { try self.init(MappedFile(path: path)) }

    init(_ file: MappedFile) throws(CheckpointError) {
        (self.file, path) = (file, file.path)
        storage = TensorStorage(borrowing: file.bytes, keptAliveBy: file)
        let header: SafetensorsHeader
        do throws(SafetensorsProblem) { header = try SafetensorsHeader(file.bytes) } catch {
            throw CheckpointError(error, file: file.path)
        }
        metadata = header.metadata
        var directory: [String: TensorInfo] = [:]
        var ranges: [String: Range<Int>] = [:]
        directory.reserveCapacity(header.entries.count)
        ranges.reserveCapacity(header.entries.count)
        for entry in header.entries {
            guard let dtype = DType(entry.type) else {
                throw CheckpointError(
                    .unknownType, file: file.path, offset: UInt64(entry.range.lowerBound), tensor: entry.name.excerpt,
                    reason: "tensors of \(entry.type.rawValue) can't be used")
            }
            directory[entry.name] = TensorInfo(dtype: dtype, shape: entry.shape)
            ranges[entry.name] = entry.range
        }
        (self.directory, self.ranges) = (directory, ranges)
    }

    public var displayName: String { path.split(separator: "/").last.map(String.init) ?? path }

    public func tensor(named name: String) throws -> Tensor {
        guard let info = directory[name], let range = ranges[name] else { throw missingTensor(name) }
        return Tensor(storage, byteOffset: range.lowerBound, shape: info.shape, dtype: info.dtype)
    }

    public func contentDigest() throws -> Digest { try file.contentDigest() }

    public func releasePages(of name: String) {
        if let range = ranges[name] { file.releasePages(of: range) }
    }
}
