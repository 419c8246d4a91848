public import Digests
internal import Problems
public import Tensors

/// A file written by `torch.save` (`.ckpt`, `.pt`, `.pth`, `.bin`): a zip archive, or the older run of pickles.
///
/// The pickle in it is read as data: nothing is called, unknown names are inert, and names that only attacks use have the file
/// refused. Tensors are views of the mapped file wherever they are stored contiguously.
public final class TorchFile: TensorSource {
    public let path: String
    public let directory: [String: TensorInfo]
    /// Plain numbers and texts beside the tensors, by the same kind of name.
    public let values: [String: String]
    let file: MappedFile
    private let storage: TensorStorage
    private let places: [String: Place]

    /// Where a tensor's elements are.
    private struct Place {
        /// Byte offset of its first element.
        var offset: Int
        var strides: [Int]
        /// The bytes of its whole storage, within which all elements were proved to lie.
        var range: Range<Int>
    }

    /// Opens and checks a file; reads no tensors.
    ///
    /// - Throws: `CheckpointError` that says where the file goes wrong.
    public convenience init(path: String) throws(CheckpointError) { try self.init(MappedFile(path: path)) }

    init(_ file: MappedFile) throws(CheckpointError) {
        (self.file, path) = (file, file.path)
        storage = TensorStorage(borrowing: file.bytes, keptAliveBy: file)
        let content = try Self.isZip(file.bytes) ? TorchContent(zip: file.bytes, path) : TorchContent(legacy: file.bytes, path)
        let named = try PickleContents(content.root, of: content.machine)
        values = named.values

        var directory: [String: TensorInfo] = [:]
        var places: [String: Place] = [:]
        for (name, number) in named.tensors {
            let tensor = content.machine.tensors[number]
            places[name] = try Self.place(tensor, named: name, content, path)
            directory[name] = TensorInfo(dtype: tensor.dtype, shape: tensor.shape)
        }
        self.directory = directory
        self.places = places
    }

    static func isZip(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) }

    /// Whether bytes look like a file of this kind.
    static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
        isZip(bytes) || bytes.starts(with: [0x80, 0x02]) || bytes.starts(with: [0x80, 0x03]) || bytes.starts(with: [0x80, 0x04])
    }

    /// Proves that every element lies inside its storage.
    private static func place(
        _ tensor: PickledTensor, named name: String, _ content: TorchContent, _ path: String
    ) throws(CheckpointError) -> Place {
        func fail(_ code: CheckpointError.Code, _ reason: String) -> CheckpointError {
            CheckpointError(code, file: path, tensor: name.excerpt, reason: reason)
        }
        guard let range = content.ranges[tensor.storage] else {
            throw CheckpointError(
                .truncated, file: path, tensor: name.excerpt,
                reason: "its storage \(content.machine.storages[tensor.storage].key.excerpt) isn't in the file",
                hint: "the file was probably cut short while it was downloaded")
        }
        guard let bytes = tensor.dtype.checkedByteCount(shape: tensor.shape) else {
            throw fail(.badShape, "shape \(tensor.shape) is too large for any computer")
        }
        let size = tensor.dtype.size
        let count = bytes / size
        let held = range.count / size
        // The last element's number; all others are smaller.
        var last = tensor.offset
        for (length, stride) in zip(tensor.shape, tensor.strides) where length > 1 {
            let (step, tooLong) = (length - 1).multipliedReportingOverflow(by: stride)
            let (sum, tooFar) = last.addingReportingOverflow(step)
            guard !tooLong, !tooFar else { throw fail(.badShape, "strides \(tensor.strides) reach beyond any file") }
            last = sum
        }
        guard count == 0 || last < held else {
            throw fail(.sizeMismatch, "shape \(tensor.shape) at \(tensor.offset) reaches element \(last), its storage holds \(held)")
        }
        // Strides of 0 repeat elements; a few bytes could claim any amount of memory.
        guard count <= max(held, 1 << 16) else {
            throw fail(.tooLarge, "shape \(tensor.shape) claims \(count) elements, its storage holds \(held)")
        }
        let first = count == 0 ? range.lowerBound : range.lowerBound + tensor.offset * size
        return Place(offset: first, strides: tensor.strides, range: range)
    }

    public func tensor(named name: String) throws -> Tensor {
        guard let info = directory[name], let place = places[name] else { throw missingTensor(name) }
        var expected = 1
        var isContiguous = true
        for (length, stride) in zip(info.shape, place.strides).reversed() {
            if length > 1, stride != expected { isContiguous = false }
            expected *= length
        }
        if isContiguous || expected == 0 {
            return Tensor(storage, byteOffset: place.offset, shape: info.shape, dtype: info.dtype)
        }
        return gathered(info, place)
    }

    /// Collects a transposed or otherwise scattered tensor.
    private func gathered(_ info: TensorInfo, _ place: Place) -> Tensor {
        let size = info.dtype.size
        let count = info.shape.reduce(1, *)
        var bytes = [UInt8](repeating: 0, count: count * size)
        var position = [Int](repeating: 0, count: info.shape.count)
        var source = place.offset
        bytes.withUnsafeMutableBytes { out in
            for index in 0..<count {
                // Safe: `place(_:)` proved that the largest element lies inside the storage, and the storage in the file.
                for byte in 0..<size { out[index * size + byte] = file.bytes[source + byte] }
                var dimension = info.shape.count - 1
                while dimension >= 0 {
                    position[dimension] += 1
                    source += place.strides[dimension] * size
                    if position[dimension] < info.shape[dimension] { break }
                    source -= place.strides[dimension] * size * info.shape[dimension]
                    position[dimension] = 0
                    dimension -= 1
                }
            }
        }
        return Tensor(bytes: bytes, shape: info.shape, dtype: info.dtype)
    }

    public var displayName: String { path.split(separator: "/").last.map(String.init) ?? path }

    public func contentDigest() throws -> Digest { try file.contentDigest() }

    public func releasePages(of name: String) {
        if let range = places[name]?.range { file.releasePages(of: range) }
    }
}
