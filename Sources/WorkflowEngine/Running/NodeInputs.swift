public import Problems
public import Workflows

/// The values that arrived at a node, by input name.
///
/// Optional inputs that nobody gave are absent: the node's own default applies. Inputs of a node whose spec says
/// `input_is_list` hold every element; all others hold one.
public struct NodeInputs: Sendable {
    /// In the order of the spec. At most a few dozen: a scan beats hashing.
    private var entries: [(name: String, values: [any WorkflowValue])]

    public init(_ values: KeyValuePairs<String, any WorkflowValue> = [:]) {
        entries = values.map { (name: $0.key, values: [$0.value]) }
    }

    init(entries: [(name: String, values: [any WorkflowValue])]) { self.entries = entries }

    /// Sets all elements of an input.
    public mutating func set(_ name: String, to values: [any WorkflowValue]) {
        if let index = entries.firstIndex(where: { $0.name == name }) {
            entries[index].values = values
        } else {
            entries.append((name, values))
        }
    }

    /// Names of the inputs that are present.
    public var names: [String] { entries.map(\.name) }

    /// The value of an input; `nil` when it is absent. Of a list, the first element.
    public subscript(name: String) -> (any WorkflowValue)? { list(name).first }

    /// Every element of an input; empty when it is absent.
    public func list(_ name: String) -> [any WorkflowValue] {
        for entry in entries where entry.name == name { return entry.values }
        return []
    }

    /// Whether an input is present.
    public func has(_ name: String) -> Bool { entries.contains { $0.name == name } }

    /// A required value of a known type.
    ///
    /// - Throws: `NodeInputError` when it is absent or something else.
    public func value<Value: WorkflowValue>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        guard let found = try optional(name, as: type) else {
            throw NodeInputError(input: name, expected: "\(type)", found: nil)
        }
        return found
    }

    /// A value of a known type, or `nil` when the input is absent.
    ///
    /// - Throws: `NodeInputError` when it is something else.
    public func optional<Value: WorkflowValue>(_ name: String, as type: Value.Type = Value.self) throws -> Value? {
        guard let found = self[name] else { return nil }
        guard let value = found as? Value else {
            throw NodeInputError(input: name, expected: "\(type)", found: found.typeName)
        }
        return value
    }

    /// An INT of any size: 64 bits, with or without sign.
    public func wholeNumber(_ name: String) throws -> IntegerLiteral {
        switch self[name].flatMap({ Scalar($0) }) {
        case .integer(let number): return number
        case .boolean(let truth): return .signed(truth ? 1 : 0)
        case .float, .string, .list, nil: throw NodeInputError(input: name, expected: "INT", found: self[name]?.typeName)
        }
    }

    /// An INT that fits 64 signed bits.
    public func integer(_ name: String) throws -> Int64 {
        switch try wholeNumber(name) {
        case .signed(let number): return number
        case .unsigned(let number):
            throw InputValueError(
                input: name, detail: "\(number) is above the maximum \(Int64.max)", hint: "use a smaller number")
        }
    }

    /// An INT as `Int`.
    public func int(_ name: String) throws -> Int { Int(try integer(name)) }

    /// An INT as 64 unsigned bits (a seed); negative ones wrap, as PyTorch's generator takes them.
    public func unsigned(_ name: String) throws -> UInt64 {
        switch try wholeNumber(name) {
        case .signed(let number): UInt64(bitPattern: number)
        case .unsigned(let number): number
        }
    }

    /// A FLOAT; an INT is taken too, since a wildcard link may bring one.
    public func double(_ name: String) throws -> Double {
        switch self[name].flatMap({ Scalar($0) }) {
        case .float(let number): return number
        case .integer(let number): return number.double
        case .boolean, .string, .list, nil: throw NodeInputError(input: name, expected: "FLOAT", found: self[name]?.typeName)
        }
    }

    /// A STRING or a choice.
    public func string(_ name: String) throws -> String { try value(name) }

    /// A BOOLEAN.
    public func boolean(_ name: String) throws -> Bool { try value(name) }
}

/// A node asked for an input that isn't there, or is of another type.
public struct NodeInputError: Problem, Equatable {
    public enum Code: String, ProblemCode {
        case missing = "input-missing"
        case empty = "input-empty"
        case wrongType = "input-wrong-type"

        public var category: ProblemCategory { .wrongInput }
        public var meaning: String {
            switch self {
            case .missing: "A node asked for an input that isn't there."
            case .empty: "The node that an input comes from had nothing to give."
            case .wrongType: "A value of another type came than the input takes."
            }
        }
        public var hint: String { self == .empty ? "Use another output, or another file." : "Link a matching output." }
    }

    public var input: String
    /// The type the node wanted.
    public var expected: String
    /// The type that came, `nil` when nothing did.
    public var found: String?

    public init(input: String, expected: String, found: String?) {
        self.input = input
        self.expected = expected
        self.found = found
    }

    public var code: Code {
        switch found {
        case nil: .missing
        case "NONE": .empty
        default: .wrongType
        }
    }

    public var location: ProblemLocation { ProblemLocation(input: input) }

    public var reason: String {
        switch found {
        case nil: "input \"\(input)\" is missing; it takes \(expected)"
        case "NONE": "input \"\(input)\" got nothing: the node it comes from has no \(expected) to give"
        case let found?: "input \"\(input)\" takes \(expected), but \(found) came"
        }
    }
}
