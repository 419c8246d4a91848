internal import Formats
internal import Problems
internal import Tensors
internal import WorkflowEngine

/// A stored value that isn't what its codec writes. The entry is dropped and computed again.
typealias CodecError = PlainProblem<CodecErrorCode>

enum CodecErrorCode: String, OnlyProblemCode {
    case unusableValue = "stored-value-unusable"
    static var only: Self { .unusableValue }

    var category: ProblemCategory { .unusableFile }
    var meaning: String { "A result in the cache isn't what its kind needs." }
    var hint: String { "Nothing: it is computed again." }
}

extension StoredTensor {
    init(_ name: String, float32 tensor: Tensor) {
        let tensor = tensor.float32()
        self.init(name: name, dtype: .float32, shape: tensor.shape, byteCount: tensor.byteCount) { try tensor.withBytes($0) }
    }

    init(_ name: String, bytes: [UInt8]) {
        self.init(name: name, dtype: .uint8, shape: [bytes.count], byteCount: bytes.count) { try bytes.withUnsafeBytes($0) }
    }
}

extension Tensor {
    /// A stored array, once its shape, its type and its bytes are found to agree.
    ///
    /// - Throws: `CodecError` for types other than F32 and U8, sizes that no computer has, and bytes too many or too few.
    init(_ stored: StoredTensor) throws {
        let dtype: DType
        switch stored.dtype {
        case .float32: dtype = .float32
        case .uint8: dtype = .uint8
        default: throw CodecError("\(stored.name): \(stored.dtype.rawValue)")
        }
        guard stored.dtype.byteCount(of: stored.shape) == stored.byteCount, stored.shape.count <= SafetensorsHeader.highestRank else {
            throw CodecError("\(stored.name): \(stored.shape) in \(stored.byteCount) bytes")
        }
        var tensor: Tensor?
        try stored.withBytes { bytes in
            guard bytes.count == stored.byteCount else { throw CodecError("\(stored.name): \(bytes.count) bytes") }
            tensor = Tensor(copying: bytes, shape: stored.shape, dtype: dtype)
        }
        guard let tensor else { throw CodecError("\(stored.name): no bytes") }
        self = tensor
    }
}

extension StoredValue {
    func optional(_ name: String) throws -> Tensor? {
        guard let stored = tensor(name) else { return nil }
        let tensor = try Tensor(stored)
        guard tensor.dtype == .float32 else { throw CodecError("\(name): \(stored.dtype.rawValue)") }
        return tensor
    }

    func field(_ name: String) throws -> String {
        guard let text = fields[name] else { throw CodecError("no \(name)") }
        return text
    }
}

extension StringProtocol {
    func number<Number: LosslessStringConvertible>() throws -> Number {
        guard let number = Number(String(self)) else { throw CodecError("\(self) is no number") }
        return number
    }
}
