/// The kinds of problems of one domain: the rows of a registry.
///
/// The raw value is the name that programs see. It is stable, written in small letters with dashes, and no two domains share one:
/// `docs/diagnostics.md` lists all of them, and a test holds the page and the program equal.
public protocol ProblemCode: Sendable, Hashable, CaseIterable, RawRepresentable where RawValue == String {
    /// Who has to act.
    var category: ProblemCategory { get }
    /// What it means, for the reference: one sentence.
    var meaning: String { get }
    /// What usually helps, for the reference: one sentence.
    var hint: String { get }
}

/// Who has to act on a problem: what a caller of the program decides by.
public enum ProblemCategory: String, Sendable, CaseIterable, Codable {
    /// The workflow or the call is wrong: the same would fail again.
    case wrongInput = "wrong-input"
    /// A model or input file isn't where it was looked for.
    case missingFile = "missing-file"
    /// A file is there, but it can't be used: damaged, foreign, not readable.
    case unusableFile = "unusable-file"
    /// A computation failed.
    case failed
    /// Memory can't be had.
    case outOfMemory = "out-of-memory"
    /// Space on a disk, room in a queue, or another bounded thing ran out.
    case exhausted
    /// Somebody asked it to stop.
    case interrupted
    /// A fault of the program.
    case defect

    /// What the program ends with: 1 something failed, 2 the workflow or the call is wrong, 3 a file is missing, 4 memory can't be had, 130 interrupted.
    public var exitCode: Int32 {
        switch self {
        case .failed, .exhausted, .defect: 1
        case .wrongInput, .unusableFile: 2
        case .missingFile: 3
        case .outOfMemory: 4
        case .interrupted: 130
        }
    }

    /// What the program ends with after several problems: 0 when there are none, 4 when memory was short of any,
    /// and 3 only if all that is wrong are missing files.
    public static func exitCode(of problems: some Sequence<ProblemCategory>) -> Int32 {
        let codes = Set(problems.map(\.exitCode))
        return [130, 4, 1, 2, 3].first(where: codes.contains) ?? 0
    }
}
