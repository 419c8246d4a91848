internal import Formats
internal import Glibc
public import Problems

/// One thing that is varied, and the values it takes: `--sweep seed=1..8`.
public struct SweepAxis: Sendable, Equatable {
    /// A parameter's name, or `node.input`.
    public var target: String
    public var values: [WorkflowDocument.Value]

    public init(target: String, values: [WorkflowDocument.Value]) {
        self.target = target
        self.values = values
    }

    /// More points than anybody looks at; a range with a slip of the finger has millions.
    static let maximumValues = 10_000

    /// Reads `target=values`.
    ///
    /// Values are a list `a,b,c` (a comma inside a value is written `\,`), a range `1..8` or `5..9/0.5` with both ends, or
    /// `@file`: the first column of a table (`.csv`), or the lines of any other file.
    ///
    /// - Throws: `SweepError`.
    public init(_ text: String) throws(SweepError) {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            throw SweepError("a sweep is written name=values, not \"\(text)\"")
        }
        target = String(text[..<equals]).trimmed()
        let written = String(text[text.index(after: equals)...])
        if written.hasPrefix("@") {
            let path = String(written.dropFirst())
            values = TableText.values(try TableText.read(path), isTable: TableText.isTable(path))
        } else if let range = try Self.range(written) {
            values = range
        } else {
            values = Self.parts(written).map(Self.value)
        }
        guard !values.isEmpty else { throw SweepError("the sweep of \"\(target)\" has no values") }
        guard values.count <= Self.maximumValues else {
            throw SweepError("the sweep of \"\(target)\" has \(values.count) values; \(Self.maximumValues) are the limit")
        }
    }

    /// Reads the value of a `sweep:` entry in our own form: a list, or a text as on the command line.
    ///
    /// - Throws: `SweepError`.
    public init(target: String, written: WorkflowDocument.Value) throws(SweepError) {
        switch written {
        case .list(let values): self.init(target: target, values: values)
        case .string(let text): try self.init("\(target)=\(text)")
        case .number, .boolean: self.init(target: target, values: [written])
        default: throw SweepError("the values of \"\(target)\" are a list, or a text such as 1..8")
        }
    }

    /// An unquoted scalar, as `--set` reads it.
    private static func value(_ text: String) -> WorkflowDocument.Value {
        text.isEmpty
            ? .string("")
            : WorkflowDocument.Value(
                SourceTree(content: PlainScalar.content(of: text), position: SourcePosition(line: 1, column: 1)))
    }

    private static func parts(_ text: String) -> [String] {
        var parts = [""]
        var isEscaped = false
        for character in text {
            if isEscaped {
                parts[parts.count - 1] += character == "," ? "," : "\\" + String(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "," {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        if isEscaped { parts[parts.count - 1] += "\\" }
        return parts
    }

    /// `from..to` or `from..to/step`, both ends included; `nil` for something else.
    static func range(_ text: String) throws(SweepError) -> [WorkflowDocument.Value]? {
        guard let dots = text.firstRange(of: "..") else { return nil }
        let first = String(text[..<dots.lowerBound]).trimmed()
        var last = String(text[dots.upperBound...]).trimmed()
        var stepText: String?
        if let slash = last.firstIndex(of: "/") {
            stepText = String(last[last.index(after: slash)...]).trimmed()
            last = String(last[..<slash]).trimmed()
        }
        if stepText == nil || stepText.flatMap({ Int64($0) }) != nil, let from = Int64(first), let to = Int64(last) {
            let step = stepText.flatMap { Int64($0) } ?? 1
            guard step > 0 else { throw SweepError("the step of a range must be above 0, not \(step)") }
            let (distance, overflow) = to.subtractingReportingOverflow(from)
            guard !overflow, abs(distance) / step < Int64(maximumValues) else { throw SweepError("the range \(text) has too many values") }
            return stride(from: 0, through: abs(distance), by: Int(step)).map { .number("\(distance < 0 ? from - $0 : from + $0)") }
        }
        guard let from = Double(first), let to = Double(last), from.isFinite, to.isFinite else { return nil }
        let step = stepText.flatMap { Double($0) } ?? 1
        guard step > 0, step.isFinite else { throw SweepError("the step of a range must be above 0, not \(stepText ?? "")") }
        let count = (abs(to - from) / step + 1e-9).rounded(.down)
        guard count < Double(maximumValues) else { throw SweepError("the range \(text) has too many values") }
        let places =
            [first, last, stepText ?? ""].map { text in text.firstIndex(of: ".").map { text.distance(from: $0, to: text.endIndex) - 1 } ?? 0
            }.max() ?? 0
        return (0...Int(count)).map { index in
            let value = to < from ? from - Double(index) * step : from + Double(index) * step
            return .number(decimal(value, places: places))
        }
    }

    /// The number with as many decimal places as the range was written with, so that 5..6/0.1 names 5.3 and not 5.300000000000001.
    private static func decimal(_ value: Double, places: Int) -> String {
        let scale = pow(10, Double(min(places, 12)))
        return JavaScriptNumber.text((value * scale).rounded() / scale)
    }
}

/// What is wrong with a sweep, as a sentence.
public typealias SweepError = PlainProblem<SweepErrorCode>

public enum SweepErrorCode: String, OnlyProblemCode {
    case invalidSweep = "invalid-sweep"
    public static var only: Self { .invalidSweep }

    public var category: ProblemCategory { .wrongInput }
    public var meaning: String { "A sweep, or a table of values, can't be walked as it is written." }
    public var hint: String { "Write name=1,2,3, name=1..8 or name=@file." }
}
