internal import Formats

// What a saved workflow stores for a node and its widgets don't take.

extension UIWidgets {
    /// Widgets that exist in the window only, and store something all the same.
    private static let windowWidgets: Set<String> = [
        "control_after_generate", "control_filter_list", "upload", "image", "audioUI", "preview", "videopreview", "button",
    ]

    /// Whether the node has a widget of this name, in the window or out of it.
    func hasWidget(_ name: String) -> Bool { spec.input(name) != nil || Self.windowWidgets.contains(name) || name.hasPrefix("$$") }

    /// Stored values that no widget takes, or that aren't what they stand for. Empty ones don't count.
    func leftOvers(in stored: SourceTree?) -> [UINote] {
        guard let stored else { return [] }
        if let entries = stored.entries {
            return entries.filter { !hasWidget($0.key) && !Self.isEmpty($0.value) }.map {
                UINote(
                    code: .leftOver, message: "it has no widget \"\($0.key)\"; \(WorkflowDocument.Value($0.value).excerpt) has no effect",
                    position: $0.keyPosition)
            }
        }
        guard let elements = stored.elements else {
            guard !Self.isEmpty(stored) else { return [] }
            return [
                UINote(
                    code: .leftOver, message: "its widgets_values are \(stored.kind), no list; they have no effect",
                    position: stored.position)
            ]
        }
        let found = layout(of: elements)
        var notes: [UINote] = []
        for (entry, element) in zip(found, elements) {
            switch (entry, element.content) {
            case (.control(let input), .string(let word)) where !Self.controlWords.contains(word):
                notes.append(
                    UINote(
                        code: .leftOver,
                        message: "\"\(WorkflowDocument.Value.shortened(word))\" behind \(input) says no way to move on; it has no effect",
                        position: element.position))
            case (.input(let input), .sequence), (.input(let input), .mapping):
                guard case .string(let text) = input.kind, text.multiline else { continue }
                notes.append(
                    UINote(
                        code: .valueConverted,
                        message:
                            "\(input.name): \(element.kind) becomes the text \(WorkflowDocument.Value(Self.windowText(element, for: input)).excerpt)",
                        position: element.position))
            default: break
            }
        }
        let surplus = elements.dropFirst(found.count).filter { !Self.isEmpty($0) && $0.string != "image" }
        if let first = surplus.first {
            notes.append(
                UINote(
                    code: .leftOver,
                    message: "it stores \(elements.count) values and has widgets for \(found.count); "
                        + surplus.map { WorkflowDocument.Value($0).excerpt }.joined(separator: ", ")
                        + (surplus.count == 1 ? " has" : " have")
                        + " no effect", position: first.position))
        }
        return notes
    }

    private static func isEmpty(_ value: SourceTree) -> Bool {
        switch value.content {
        case .null: true
        case .string(let text): text.isEmpty
        case .sequence(let elements): elements.isEmpty
        case .mapping(let entries): entries.isEmpty
        case .number, .boolean: false
        }
    }

    /// Whether a primitive's value became another one on its way into a widget: not only written or rounded to what the widget shows.
    static func isOther(_ taken: SourceTree, than value: SourceTree, for input: InputSpec) -> Bool {
        switch input.kind {
        case .integer, .float:
            guard case .number(let now) = taken.content, let now = Double(now) else { return false }
            let before: Double? =
                switch value.content {
                case .number(let text), .string(let text): Double(text)
                case .boolean, .null, .sequence, .mapping: nil
                }
            guard let before else { return true }
            if case .float = input.kind { return abs(now - before) > max(1e-6, abs(before) * 1e-6) }
            return now != before
        case .string, .boolean, .choice, .file, .socket: return false
        }
    }
}
