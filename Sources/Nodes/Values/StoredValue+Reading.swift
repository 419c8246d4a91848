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
        guard stored.dtype == "F32", stored.shape.allSatisfy({ $0 >= 0 }),
            stored.shape.reduce(4, { $0.multipliedReportingOverflow(by: $1).partialValue }) == stored.byteCount
        else { throw CodecError("\(name): \(stored.dtype) \(stored.shape)") }
        var bytes: [UInt8] = []
        try stored.withBytes { bytes = Array($0) }
        guard bytes.count == stored.byteCount else { throw CodecError("\(name): \(bytes.count) bytes") }
        return Tensor(bytes: bytes, shape: stored.shape, dtype: .float32)
    }

    func demanded(_ name: String, rank: Int) throws -> Tensor {
        guard let tensor = try optional(name), tensor.rank == rank else { throw CodecError("no \(name) of rank \(rank)") }
        return tensor
    }

    func field(_ name: String) throws -> String {
        guard let text = fields[name] else { throw CodecError("no \(name)") }
        return text
    }

    /// Numbers separated by blanks; nil if the field isn't there.
    func numbers<Number: LosslessStringConvertible>(_ name: String, count: Int) throws -> [Number]? {
        guard let text = fields[name] else { return nil }
        let numbers: [Number] = try text.split(separator: " ").map { try $0.number() as Number }
        guard numbers.count == count else { throw CodecError("\(name): \(text)") }
        return numbers
    }
}

extension StringProtocol {
    /// A number, or `nil` for a dash.
    func optionalNumber<Number: LosslessStringConvertible>() throws -> Number? { self == "-" ? nil : try number() as Number }

    func number<Number: LosslessStringConvertible>() throws -> Number {
        guard let number = Number(String(self)) else { throw CodecError("\(self) is no number") }
        return number
    }
}
