public import Checkpoints
public import Digests
public import Problems
public import Tensors

/// Somebody who looks at every field of a value in turn: to feed a digest, to count bytes, to write the value down or to read it back.
///
/// A value describes itself once (`Described`), and all of these follow from that. Fields are named as the properties are.
public protocol FieldVisitor: AnyObject {
    /// Whether fields get what was written down; otherwise they are only looked at.
    var isReading: Bool { get }

    func visit(_ name: String, _ value: inout Int) throws
    func visit(_ name: String, _ value: inout UInt64) throws
    func visit(_ name: String, _ value: inout Float) throws
    func visit(_ name: String, _ value: inout Double) throws
    func visit(_ name: String, _ value: inout Bool) throws
    func visit(_ name: String, _ value: inout String) throws
    func visit(_ name: String, _ value: inout Tensor) throws
    func visit(_ name: String, _ value: inout [Float]) throws
    /// Weights: told apart by the digest of their content, written down as where they come from.
    func visit(_ name: String, _ value: inout any TensorSource) throws

    /// A part that is told apart by a digest of its own: a model within conditioning.
    func visit<Part: Recipe>(recipe name: String, _ value: inout Part) throws
    /// A patch, whatever its kind; told apart by its digest.
    func visit<Patch>(patch name: String, _ value: inout Patch, _ describe: (inout Patch) throws -> Void, digest: (Patch) throws -> Digest)
        throws

    /// How many elements follow. Reading gives the number that was written.
    func count(_ name: String, _ count: Int) throws -> Int
    /// Whether an optional is there.
    func presence(_ name: String, _ isPresent: Bool) throws -> Bool
    /// Something for digests alone: a name that tells kinds apart.
    func mark(_ mark: DigestMark)
    /// Fields that follow from others or from marks: not for digests.
    func unmarked<Result>(_ body: () throws -> Result) rethrows -> Result
    /// Fields of a part of the value.
    func within(_ name: String, _ body: () throws -> Void) rethrows

    /// The weights of a file that was written down.
    ///
    /// - Throws: when no such file is here any more.
    func open(_ file: FileReference) throws -> any TensorSource
}

/// What is fed to a digest beside fields.
public enum DigestMark: Sendable {
    case text(String)
    case whole(Int)
    case single(Float)
    case double(Double)
    case none
}

/// A value that names all of its fields, once.
public protocol Described: Sendable {
    /// A value to read another one into.
    static var blank: Self { get }

    /// Shows every field to a visitor, in an order that never changes.
    ///
    /// - Throws: whatever the visitor throws: a file that can't be read for its digest, a stored form that isn't one.
    mutating func describe(to visitor: any FieldVisitor) throws
}

/// A value that stands for weights without holding them: files by content, and what was asked to be changed.
public protocol Recipe: Described {
    /// Identifies it, without reading weights.
    func digest() throws -> Digest
}

extension Described {
    /// Feeds everything that tells this value from another of its type.
    ///
    /// - Throws: when a file that it stands for can't be read.
    public func feedFields(into digest: inout DigestBuilder) throws {
        let visitor = DigestVisitor()
        var copy = self
        try copy.describe(to: visitor)
        visitor.feed(into: &digest)
    }

    /// Bytes of the tensors that it holds; weights behind recipes don't count.
    public var describedByteCount: Int {
        let visitor = ByteVisitor()
        var copy = self
        // Counting reads no file, so nothing can fail.
        try? copy.describe(to: visitor)
        return visitor.count
    }
}

extension Recipe {
    public func digest() throws -> Digest {
        var builder = DigestBuilder()
        try feedFields(into: &builder)
        return builder.finish()
    }
}

extension FieldVisitor {
    /// A value that may be absent.
    public func optional<Value>(
        _ name: String, _ value: inout Value?, blank: @autoclosure () -> Value, _ body: (inout Value) throws -> Void
    ) throws {
        guard try presence(name, value != nil) else {
            value = nil
            return
        }
        var present = value ?? blank()
        try body(&present)
        if isReading { value = present }
    }

    public func visit(_ name: String, _ value: inout Tensor?) throws {
        try optional(name, &value, blank: Tensor([0])) { try visit(name, &$0) }
    }

    public func visit(_ name: String, _ value: inout Int?) throws {
        try optional(name, &value, blank: 0) { try visit(name, &$0) }
    }

    public func visit(_ name: String, _ value: inout Double?) throws {
        try optional(name, &value, blank: 0) { try visit(name, &$0) }
    }

    /// Several of a kind, in order.
    public func list<Element>(
        _ name: String, _ values: inout [Element], blank: @autoclosure () -> Element, _ body: (inout Element) throws -> Void
    ) throws {
        let number = try count(name, values.count)
        if isReading { values = [] }
        for index in 0..<number {
            var element = isReading ? blank() : values[index]
            try within("\(name).\(index)") { try body(&element) }
            if isReading { values.append(element) }
        }
    }

    public func list<Element: Described>(_ name: String, _ values: inout [Element]) throws {
        try list(name, &values, blank: Element.blank) { try $0.describe(to: self) }
    }

    /// A part of the value, field by field.
    public func visit<Part: Described>(part name: String, _ value: inout Part) throws {
        try within(name) { try value.describe(to: self) }
    }

    /// One of a few cases without values.
    public func visit<Choice: RawRepresentable<String>>(choice name: String, _ value: inout Choice) throws {
        var text = value.rawValue
        try visit(name, &text)
        guard isReading else { return }
        guard let choice = Choice(rawValue: text) else { throw DescriptionError("\(name): \(text)") }
        value = choice
    }

    /// Which case of an enum it is; digests are told by marks.
    ///
    /// - Returns: the name that was written.
    package func kind(_ name: String, _ kind: String) throws -> String {
        var kind = kind
        try unmarked { try visit(name, &kind) }
        return kind
    }
}

/// A stored form that no value describes itself as.
public typealias DescriptionError = PlainProblem<DescriptionErrorCode>

public enum DescriptionErrorCode: String, OnlyProblemCode {
    case unreadable = "description-unreadable"
    public static var only: Self { .unreadable }

    public var category: ProblemCategory { .unusableFile }
    public var meaning: String { "What was written down describes no value, or a value can't be written down." }
    public var hint: String { "Nothing where it is a result in the cache: it is computed again." }
}

/// Weights that nobody has: what a recipe holds before it is read.
package struct NoSource: TensorSource {
    package init() {}
    package var directory: [String: TensorInfo] { [:] }
    package var displayName: String { "nothing" }
    package func tensor(named name: String) throws -> Tensor { throw missingTensor(name) }
    package func contentDigest() throws -> Digest { .of("") }
}
