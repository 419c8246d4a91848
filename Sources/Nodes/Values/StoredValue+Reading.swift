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

extension StoredValue {
    func optional(_ name: String) throws -> Tensor? {
        guard let stored = tensor(name) else { return nil }
        // Shapes come from a file: their product may be more than any number holds.
        let bytesOfShape = stored.shape.reduce(4 as Int?) { product, size in
            guard let product, size >= 0 else { return nil }
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            return overflow ? nil : next
        }
        guard stored.dtype == "F32", bytesOfShape == stored.byteCount else { throw CodecError("\(name): \(stored.dtype) \(stored.shape)") }
        var bytes: [UInt8] = []
        try stored.withBytes { bytes = Array($0) }
        guard bytes.count == stored.byteCount else { throw CodecError("\(name): \(bytes.count) bytes") }
        return Tensor(bytes: bytes, shape: stored.shape, dtype: .float32)
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
