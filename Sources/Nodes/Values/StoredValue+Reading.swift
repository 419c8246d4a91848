internal import Problems
internal import Tensors
internal import WorkflowEngine

/// A stored value that isn't what its codec writes. The entry is dropped and computed again.
struct CodecError: Problem {
    enum Code: String, ProblemCode {
        case unusableValue = "stored-value-unusable"

        var category: ProblemCategory { .unusableFile }
        var meaning: String { "A result in the cache isn't what its kind needs." }
        var hint: String { "Nothing: it is computed again." }
    }

    var code: Code { .unusableValue }
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

extension StoredTensor {
    init(_ name: String, float32 tensor: Tensor) {
        let tensor = tensor.float32()
        self.init(name: name, dtype: "F32", shape: tensor.shape, byteCount: tensor.byteCount) { body in
            try tensor.withBytes(body)
        }
    }
}

extension Tensor {
    /// A stored array, once its shape, its type and its bytes are found to agree.
    ///
    /// - Throws: `CodecError` for types other than F32 and U8, sizes that no computer has, and bytes too many or too few.
    init(_ stored: StoredTensor) throws {
        let dtype: DType
        switch stored.dtype {
        case "F32": dtype = .float32
        case "U8": dtype = .uint8
        default: throw CodecError("\(stored.name): \(stored.dtype)")
        }
        guard Self.byteCount(of: stored.shape, dtype) == stored.byteCount else {
            throw CodecError("\(stored.name): \(stored.shape) in \(stored.byteCount) bytes")
        }
        var bytes: [UInt8] = []
        try stored.withBytes { bytes = Array($0) }
        guard bytes.count == stored.byteCount else { throw CodecError("\(stored.name): \(bytes.count) bytes") }
        self.init(bytes: bytes, shape: stored.shape, dtype: dtype)
    }

    /// `nil` for sizes below zero, and for those that can't be multiplied: with empty ones counted as one, for strides are made of them.
    private static func byteCount(of shape: [Int], _ dtype: DType) -> Int? {
        var total = dtype.size
        guard shape.count <= 16 else { return nil }
        for size in shape {
            guard size >= 0, case let (product, overflow) = total.multipliedReportingOverflow(by: max(size, 1)), !overflow else {
                return nil
            }
            total = product
        }
        return shape.contains(0) ? 0 : total
    }
}

extension StoredValue {
    func optional(_ name: String) throws -> Tensor? {
        guard let stored = tensor(name) else { return nil }
        let tensor = try Tensor(stored)
        guard tensor.dtype == .float32 else { throw CodecError("\(name): \(stored.dtype)") }
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
