internal import Formats

/// A YAML file of nested settings, of which somebody wants a few: the texts of its scalars by their path.
public struct SettingsValues: Sendable {
    private let tree: SourceTree?
    /// What is wrong with the text.
    public let diagnostics: [Diagnostic]

    /// - Parameter name: what messages call it.
    public init(text: String, name: String) {
        let read = YAMLReader.read(text)
        tree = read.tree
        diagnostics = read.diagnostics.map { problem in
            var problem = problem
            problem.file = name
            return problem
        }
    }

    /// A text, number or switch as it is written; `nil` where there is none on that path.
    public subscript(path: String...) -> String? {
        path.reduce(tree) { $0?[$1] }?.scalarText
    }

    /// Whether there is a map on that path.
    public func has(_ path: String...) -> Bool { path.reduce(tree) { $0?[$1] }?.entries != nil }
}
