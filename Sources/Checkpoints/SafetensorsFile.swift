public import Digests
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
    public init(path: String) throws(CheckpointError) {
        self.path = path
        file = try MappedFile(path: path)
        storage = TensorStorage(borrowing: file.bytes, keptAliveBy: file)
        let header = try SafetensorsHeader(file.bytes, file: path)
        metadata = header.metadata
        directory = header.entries.mapValues(\.info)
        ranges = header.entries.mapValues(\.range)
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
