internal import Foundation

/// How a case came out.
public struct GoldenResult: Sendable {
    public enum Outcome: Sendable, Equatable {
        case passed
        /// One sentence for each thing that is wrong.
        case failed([String])
        /// What isn't there yet: a node, a sampler, a family.
        case skipped(missing: String)
    }

    public let group: String
    public let name: String
    public let outcome: Outcome
    public let largest: Double
    public let mean: Double
    public let seconds: Double
    /// See `GoldenCase.chaotic`.
    public let chaotic: Bool

    /// Why it is expected to fail; `nil` for a case that is to be met.
    public var exception: String? { GoldenExceptions.causes["\(group)/\(name)"] }

    /// Whether it passed although it stands among the exceptions.
    public var passedUnexpectedly: Bool { outcome == .passed && exception != nil }
}

/// Results of many cases, by group.
public struct GoldenReport: Sendable {
    public private(set) var results: [GoldenResult] = []

    public init() {}

    public mutating func add(_ result: GoldenResult) { results.append(result) }

    public func count(_ matches: (GoldenResult.Outcome) -> Bool) -> Int { results.count { matches($0.outcome) } }
    public var passed: Int { count { $0 == .passed } }
    public var failed: Int { count { if case .failed = $0 { true } else { false } } }
    public var skipped: Int { count { if case .skipped = $0 { true } else { false } } }

    /// Cases among the exceptions that pass, as `group/case`: their entries are out of date.
    public var staleExceptions: [String] { results.filter(\.passedUnexpectedly).map { "\($0.group)/\($0.name)" } }

    /// The closing line.
    public var summary: String { "golden: \(passed) passed, \(failed) failed, \(skipped) skipped" }

    /// A row per group: cases, passed, skipped, failed, largest and mean difference of the cases that were computed.
    public var table: String {
        var rows = [["group", "cases", "passed", "skipped", "failed", "largest", "mean", "seconds"]]
        var seen: [String] = []
        for result in results where !seen.contains(result.group) { seen.append(result.group) }
        for group in seen {
            var part = GoldenReport()
            for result in results where result.group == group { part.add(result) }
            let computed = part.results.filter { if case .skipped = $0.outcome { false } else { true } }
            let means = computed.map(\.mean)
            rows.append([
                group, "\(part.results.count)", "\(part.passed)", "\(part.skipped)", "\(part.failed)",
                computed.isEmpty ? "-" : short(computed.map(\.largest).max() ?? 0),
                computed.isEmpty ? "-" : short(means.reduce(0, +) / Double(means.count)),
                String(format: "%.1f", part.results.map(\.seconds).reduce(0, +)),
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                return column == 0 ? text + space : space + text
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// What is missing for the skipped cases, with the number of cases, most first.
    public var missing: [(name: String, count: Int)] {
        var counts: [String: Int] = [:]
        for case .skipped(let missing) in results.map(\.outcome) { counts[missing, default: 0] += 1 }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
    }
}
