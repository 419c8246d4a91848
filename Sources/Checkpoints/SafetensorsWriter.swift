public import Files
public import Tensors

/// Writes safetensors: the header from names, types and shapes, then the tensors one after the other.
///
/// Tensors are asked for one at a time, in order, so a checkpoint of any size takes the memory of its largest tensor.
public struct SafetensorsWriter: Sendable {
    /// Text beside the tensors, written in this order.
    public var metadata: [(key: String, value: String)]
    public private(set) var entries: [(name: String, info: TensorInfo)] = []

    public init(metadata: [(key: String, value: String)] = []) { self.metadata = metadata }

    /// Announces a tensor. Names must be unique.
    public mutating func add(_ name: String, _ info: TensorInfo) { entries.append((name, info)) }

    /// Length, JSON and padding to a multiple of 8, as at the file's beginning.
    public func header() -> [UInt8] {
        var json = Array("{".utf8)
        if !metadata.isEmpty {
            json += Array("\"__metadata__\":{".utf8)
            for (index, item) in metadata.enumerated() {
                if index > 0 { json.append(UInt8(ascii: ",")) }
                appendJSON(item.key, to: &json)
                json.append(UInt8(ascii: ":"))
                appendJSON(item.value, to: &json)
            }
            json.append(UInt8(ascii: "}"))
        }
        var offset = 0
        for (name, info) in entries {
            if json.count > 1 { json.append(UInt8(ascii: ",")) }
            appendJSON(name, to: &json)
            let end = offset + info.shape.reduce(info.dtype.size, *)
            let shape = info.shape.map(String.init).joined(separator: ",")
            json += Array(
                ":{\"dtype\":\"\(info.dtype.safetensorsName)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}".utf8)
            offset = end
        }
        json.append(UInt8(ascii: "}"))
        // Data starts aligned, so that mapped tensors can be used in place.
        while json.count % 8 != 0 { json.append(UInt8(ascii: " ")) }
        return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
    }

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

/// A JSON string: control characters, quotes and backslashes escaped, the rest as UTF-8.
private func appendJSON(_ text: String, to json: inout [UInt8]) {
    json.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            json.append(UInt8(ascii: "\\"))
            json.append(byte)
        case UInt8(ascii: "\n"): json += Array("\\n".utf8)
        case UInt8(ascii: "\t"): json += Array("\\t".utf8)
        case UInt8(ascii: "\r"): json += Array("\\r".utf8)
        case 0..<0x20:
            let digits = String(byte, radix: 16)
            json += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
        default: json.append(byte)
        }
    }
    json.append(UInt8(ascii: "\""))
}
