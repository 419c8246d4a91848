public import Problems

/// Several axes, and which of their combinations are run.
public struct Sweep: Sendable, Equatable {
    public enum Combination: Sendable, Equatable {
        /// Every value of one axis with every value of the others.
        case grid
        /// First with first, second with second.
        case pairs
    }

    public var axes: [SweepAxis]
    public var combination: Combination

    /// - Throws: `SweepError` when an axis comes twice, when pairs don't match, or when there are too many points.
    public init(_ axes: [SweepAxis], _ combination: Combination = .grid) throws(SweepError) {
        self.axes = axes
        self.combination = combination
        let targets = axes.map(\.target)
        if let twice = targets.first(where: { target in targets.count { $0 == target } > 1 }) {
            throw SweepError("\"\(twice)\" is swept twice")
        }
        switch combination {
        case .grid:
            var count = 1
            for axis in axes {
                let (product, overflow) = count.multipliedReportingOverflow(by: axis.values.count)
                guard !overflow, product <= SweepAxis.maximumValues else {
                    throw SweepError("the sweep has more than \(SweepAxis.maximumValues) points")
                }
                count = product
            }
        case .pairs:
            if let first = axes.first, let other = axes.first(where: { $0.values.count != first.values.count }) {
                throw SweepError(
                    "pairs want as many values on each side: \"\(first.target)\" has \(first.values.count), \"\(other.target)\" \(other.values.count)"
                )
            }
        }
    }

    /// One combination of values.
    public struct Point: Sendable, Equatable {
        /// Place on each axis; for pairs the same number everywhere.
        public var indices: [Int]
        public var assignments: [Assignment]
        /// `seed=8, cfg=5`.
        public var label: String
        /// The same for a file's name: `seed8_cfg5`.
        public var fileLabel: String
    }

    /// All points; the last axis changes fastest.
    public var points: [Point] {
        guard !axes.isEmpty else { return [] }
        let count = combination == .pairs ? axes[0].values.count : axes.reduce(1) { $0 * $1.values.count }
        return (0..<count).map { number in
            var indices = [Int](repeating: number, count: axes.count)
            if combination == .grid {
                var rest = number
                for index in axes.indices.reversed() {
                    indices[index] = rest % axes[index].values.count
                    rest /= axes[index].values.count
                }
            }
            let values = zip(axes, indices).map { ($0.target, $0.values[$1]) }
            return Point(
                indices: indices, assignments: values.map { Assignment(target: $0, value: $1) },
                label: values.map { "\(Self.shortName($0))=\(Self.written($1))" }.joined(separator: ", "),
                fileLabel: values.map { Self.shortName($0) + Self.fileText(Self.written($1)) }.joined(separator: "_"))
        }
    }

    /// `node.input` by its input: `sampled.cfg` is `cfg`.
    public static func shortName(_ target: String) -> String {
        target.lastIndex(of: ".").map { String(target[target.index(after: $0)...]) } ?? target
    }

    /// A value as a label shows it.
    public static func written(_ value: WorkflowDocument.Value) -> String {
        switch value {
        case .string(let text), .number(let text): text
        case .boolean(let flag): flag ? "true" : "false"
        default: value.excerpt
        }
    }

    /// At most 32 characters that every file system takes.
    private static func fileText(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(32) {
            let isSafe = scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "-" || scalar == "."
            if isSafe { result.unicodeScalars.append(scalar) } else if !result.hasSuffix("-") { result += "-" }
        }
        return result
    }
}

extension WorkflowDocument {
    /// The sweep that a workflow has of its own; `nil` when it has none.
    ///
    /// - Throws: `SweepError` for one that makes no sense.
    public func ownSweep(_ combination: Sweep.Combination = .grid) throws(SweepError) -> Sweep? {
        var axes: [SweepAxis] = []
        for entry in sweep { axes.append(try SweepAxis(target: entry.target, written: entry.value)) }
        return axes.isEmpty ? nil : try Sweep(axes, combination)
    }
}
