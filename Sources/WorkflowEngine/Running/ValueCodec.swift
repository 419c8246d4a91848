public import Formats
public import Problems

/// Turns values of one type into bytes and back, so that they survive the process.
///
/// A type without a codec is never written to disk; it is made again when somebody needs it.
public protocol ValueCodec: Sendable {
    /// The `WorkflowValue.typeName` this codec serves.
    var typeName: String { get }

    /// The stored form, or `nil` when this particular value can't or shouldn't be stored.
    func encode(_ value: any WorkflowValue) throws -> StoredValue?

    /// The value again. It must feed the same digest as the one that was encoded: the engine checks.
    ///
    /// - Throws: `UnavailableContent` when what it refers to is missing; anything else when the stored form isn't what `encode`
    ///   writes, and the entry is then dropped.
    func decode(_ stored: StoredValue) throws -> any WorkflowValue
}

/// A stored form is right, but what it refers to isn't here: a model file that was moved or deleted. As good as not stored.
public typealias UnavailableContent = PlainProblem<UnavailableContentCode>

public enum UnavailableContentCode: String, OnlyProblemCode {
    case unavailable = "stored-value-unavailable"
    public static var only: Self { .unavailable }

    public var category: ProblemCategory { .missingFile }
    public var meaning: String { "What a result in the cache refers to isn't here." }
    public var hint: String { "Put the model file back, or name its folder with --models." }
}

/// A value as a safetensors file holds it: named arrays and named texts.
public struct StoredValue: Sendable {
    /// Everything that isn't an array.
    public var fields: [String: String]
    public var tensors: [StoredTensor]

    public init(fields: [String: String] = [:], tensors: [StoredTensor] = []) {
        self.fields = fields
        self.tensors = tensors
    }

    /// The array of this name.
    public func tensor(_ name: String) -> StoredTensor? { tensors.first { $0.name == name } }
}

/// One array of a stored value. Its bytes are lent to a closure, so that writing needs no copy.
public struct StoredTensor: Sendable {
    public let name: String
    public let dtype: SafetensorsType
    public let shape: [Int]
    public let byteCount: Int
    private let lend: @Sendable ((UnsafeRawBufferPointer) throws -> Void) throws -> Void

    /// - Parameter bytes: lends exactly `byteCount` bytes, row-major, little-endian, valid during the call.
    public init(
        name: String, dtype: SafetensorsType, shape: [Int], byteCount: Int,
        bytes: @escaping @Sendable ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) {
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.byteCount = byteCount
        self.lend = bytes
    }

    /// Lends the bytes to `body`.
    public func withBytes(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try lend(body)
    }
}
