public import Files
internal import Formats
public import Tensors

/// Writes safetensors: the header from names, types and shapes, then the tensors one after the other.
///
/// Tensors are asked for one at a time, in order, so a checkpoint of any size takes the memory of its largest tensor.
public struct SafetensorsWriter: Sendable {
    private var layout: SafetensorsLayout
    public private(set) var entries: [(name: String, info: TensorInfo)] = []

    /// Text beside the tensors, written in this order.
    public var metadata: [(key: String, value: String)] {
        get { layout.metadata }
        set { layout.metadata = newValue }
    }

    public init(metadata: [(key: String, value: String)] = []) { layout = SafetensorsLayout(metadata: metadata) }

    /// Announces a tensor. Names must be unique.
    public mutating func add(_ name: String, _ info: TensorInfo) {
        layout.add(name, info.dtype.safetensors, shape: info.shape)
        entries.append((name, info))
    }

    /// Length, JSON and padding to a multiple of 8, as at the file's beginning.
    public func header() -> [UInt8] { layout.header() }

    /// Writes the file; it appears under its name only when it is whole.
    ///
    /// - Parameter tensor: gives each announced tensor, with the announced type and shape.
    /// - Throws: `FileProblem`, and whatever `tensor` throws.
    public func write(to path: String, tensor: (_ name: String) throws -> Tensor) throws {
        let file = try AtomicFile(path: path)
        try write(into: file, tensor: tensor)
        try file.commit()
    }

    /// Writes header and tensors into a file that the caller commits.
    public func write(into file: AtomicFile, tensor: (_ name: String) throws -> Tensor) throws {
        try file.write(header())
        for (name, info) in entries {
            let tensor = try tensor(name)
            precondition(
                tensor.shape == info.shape && tensor.dtype == info.dtype,
                "\(name) was announced as \(info.shape) of \(info.dtype), it is \(tensor.shape) of \(tensor.dtype)")
            try tensor.withBytes { (bytes) throws(FileProblem) in try file.write(bytes) }
        }
    }

    /// The bytes of a small file.
    public static func encode(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [(key: String, value: String)] = []
    ) -> [UInt8] {
        var writer = SafetensorsWriter(metadata: metadata)
        for (name, tensor) in tensors { writer.add(name, TensorInfo(dtype: tensor.dtype, shape: tensor.shape)) }
        var bytes = writer.header()
        for (_, tensor) in tensors { tensor.withBytes { bytes.append(contentsOf: $0) } }
        return bytes
    }

    /// Writes tensors that are at hand.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [(key: String, value: String)] = [], to path: String
    ) throws {
        var writer = SafetensorsWriter(metadata: metadata)
        var byName: [String: Tensor] = [:]
        for (name, tensor) in tensors {
            writer.add(name, TensorInfo(dtype: tensor.dtype, shape: tensor.shape))
            byName[name] = tensor
        }
        try writer.write(to: path) { name in
            guard let tensor = byName[name] else { preconditionFailure("\(name) vanished") }
            return tensor
        }
    }
}
