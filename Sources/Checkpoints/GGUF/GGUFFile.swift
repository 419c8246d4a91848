public import Digests
public import Tensors

/// A GGUF file, the format of ggml's programs: plain tensors are views of the mapped file, quantised ones become `float32` when they
/// are asked for.
///
/// The directory calls quantised tensors `float32`. Names and layouts inside are whatever the converter kept: those of the original
/// code below `model.diffusion_model.` or without a prefix.
public final class GGUFFile: TensorSource {
    public let path: String
    public let directory: [String: TensorInfo]
    let file: MappedFile
    private let storage: TensorStorage
    private let entries: [String: GGUFHeader.Entry]

    /// Opens and checks a file. Reads its header only.
    ///
    /// - Throws: `CheckpointError` that says where the file goes wrong.
    public convenience init(path: String) throws(CheckpointError) { try self.init(MappedFile(path: path)) }

    init(_ file: MappedFile) throws(CheckpointError) {
        (self.file, path) = (file, file.path)
        storage = TensorStorage(borrowing: file.bytes, keptAliveBy: file)
        entries = try GGUFHeader(file.bytes, file: path).entries
        directory = entries.mapValues { TensorInfo(dtype: $0.type.dtype ?? .float32, shape: $0.shape) }
    }

    static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: [0x47, 0x47, 0x55, 0x46]) }

    public var displayName: String { path.split(separator: "/").last.map(String.init) ?? path }

    public func tensor(named name: String) throws -> Tensor {
        guard let entry = entries[name] else { throw missingTensor(name) }
        if let dtype = entry.type.dtype {
            return Tensor(storage, byteOffset: entry.range.lowerBound, shape: entry.shape, dtype: dtype)
        }
        let blocks = UnsafeRawBufferPointer(rebasing: file.bytes[entry.range])
        return Tensor(shape: entry.shape) { entry.type.unpack(blocks, into: $0) }
    }

    public func contentDigest() throws -> Digest { try file.contentDigest() }

    public func releasePages(of name: String) {
        if let range = entries[name]?.range { file.releasePages(of: range) }
    }
}
