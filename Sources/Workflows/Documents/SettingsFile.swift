internal import Formats

/// A YAML file of settings: sections of keys with texts. Not a workflow, but read with the same care.
public struct SettingsFile: Sendable {
    public struct Section: Sendable {
        public var name: String
        /// Keys and values in file order; numbers and switches as they are written.
        public var entries: [(key: String, value: String)]
    }

    public var sections: [Section] = []
    public var diagnostics: [Diagnostic] = []

    /// - Parameter name: what messages call it.
    public init(text: String, name: String) {
        let read = YAMLReader.read(text)
        diagnostics = read.diagnostics
        func report(_ message: String, _ place: SourcePosition) {
            diagnostics.append(Diagnostic(.error, .wrongShape, message, position: place))
        }
        if let tree = read.tree, let entries = tree.entries {
            for entry in entries {
                var section = Section(name: entry.key, entries: [])
                for member in entry.value.entries ?? [] {
                    guard let text = member.value.scalarText else {
                        report("\"\(member.key)\" takes a text, not \(member.value.kind)", member.value.position)
                        continue
                    }
                    section.entries.append((member.key, text))
                }
                sections.append(section)
            }
        } else if let tree = read.tree, tree.kind != SourceTree(content: .null, position: tree.position).kind {
            report("settings are sections of keys, not \(tree.kind)", tree.position)
        }
        for index in diagnostics.indices { diagnostics[index].file = name }
    }
}
