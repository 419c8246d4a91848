/// Which files a workflow may name. The engine looks at no folder itself: whoever knows the model folders answers.
public protocol FileCatalog: Sendable {
    /// Whether `name` can be loaded from a folder kind (`checkpoints`, `input`, …). May accept more than
    /// `names(in:)` lists, such as annotated or nested names.
    func contains(_ name: String, in folder: String) -> Bool

    /// The names a person could choose, sorted.
    func names(in folder: String) -> [String]

    /// Where was looked, for messages: absolute paths.
    func places(of folder: String) -> [String]

    /// The folder kind that a name really means: `picture.png [output]` of `input` lies in `output`.
    func folder(meantBy name: String, in folder: String) -> String

    /// Where a file that isn't in its folder kind is, or why it counts as missing, as a half-sentence: `it lies in loras`.
    func remark(onMissing name: String, in folder: String) -> String?

    /// Why results can't be saved under a name (a saver's `filename_prefix`); `nil` when they can.
    func refusal(ofOutput prefix: String) -> String?
}

extension FileCatalog {
    public func folder(meantBy name: String, in folder: String) -> String { folder }
    public func refusal(ofOutput prefix: String) -> String? { nil }
    public func remark(onMissing name: String, in folder: String) -> String? { nil }
}

/// No files at all: validates everything but file names.
public struct AnyFileCatalog: FileCatalog {
    public init() {}
    public func contains(_ name: String, in folder: String) -> Bool { true }
    public func names(in folder: String) -> [String] { [] }
    public func places(of folder: String) -> [String] { [] }
}
