internal import Formats

/// A workflow inside other data: a request of a hosted worker, ComfyUI's history, what `graphToPrompt` gives, texts of a picture as JSON.
struct WrappedWorkflow {
    /// The keys that lead to it; numbers for elements of lists.
    var path: [String]
    var tree: SourceTree
    var form: WorkflowDocument.Form
    /// The text it stands in, when it is JSON inside of a text.
    var text: String?

    /// The keys as they are said in a message: `"input" → "workflow"`.
    var place: String { path.map { "\"\($0)\"" }.joined(separator: " → ") }

    /// All of them, the nearest to the top first.
    ///
    /// - Parameter form: what form a tree is of by itself.
    static func all(in tree: SourceTree, form: (SourceTree) -> WorkflowDocument.Form?) -> [WrappedWorkflow] {
        var found: [WrappedWorkflow] = []
        var level: [(path: [String], tree: SourceTree, text: String?)] = [([], tree, nil)]
        var budget = 20_000
        for _ in 0..<8 where !level.isEmpty {
            var next: [(path: [String], tree: SourceTree, text: String?)] = []
            for place in level {
                for (key, child) in children(of: place.tree) {
                    budget -= 1
                    guard budget > 0 else { return found }
                    var (tree, text) = (child, place.text)
                    if let packed = child.string {
                        guard packed.utf8.first(where: { $0 > 32 }) == UInt8(ascii: "{"),
                            let inner = JSONReader.read(packed).tree
                        else { continue }
                        (tree, text) = (inner, packed)
                    }
                    if let form = form(tree) {
                        found.append(WrappedWorkflow(path: place.path + [key], tree: tree, form: form, text: text))
                    } else if tree.entries != nil || tree.elements != nil {
                        next.append((place.path + [key], tree, text))
                    }
                }
            }
            level = next
        }
        return found
    }

    private static func children(of tree: SourceTree) -> [(String, SourceTree)] {
        if let entries = tree.entries { return entries.map { ($0.key, $0.value) } }
        return (tree.elements ?? []).enumerated().map { (String($0.offset), $0.element) }
    }

    /// What is said about it: where it lies, and what of the rest somebody may have meant to count.
    static func diagnostics(taking chosen: WrappedWorkflow, of all: [WrappedWorkflow], in tree: SourceTree) -> [Diagnostic] {
        let position = chosen.text == nil ? chosen.tree.position : nil
        let others = all.filter { $0.form == chosen.form && $0.path != chosen.path }
        var result: [Diagnostic] = []
        if others.isEmpty {
            result.append(Diagnostic(.note, .wrappedWorkflow, "the workflow lies under \(chosen.place)", position: position))
        } else {
            result.append(
                Diagnostic(
                    .warning, .wrappedWorkflow,
                    "there are \(others.count + 1) workflows; the one under \(chosen.place) is taken, not "
                        + others.prefix(3).map(\.place).joined(separator: ", ") + (others.count > 3 ? ", …" : ""),
                    position: position, hint: DiagnosticCode.wrappedWorkflow.hint))
        }
        // Workers get pictures beside the workflow and put them into the input folder first.
        var around = tree
        for key in chosen.path.dropLast() + [""] {
            if let images = around["images"]?.elements, !images.isEmpty {
                result.append(
                    Diagnostic(
                        .warning, .wrappedWorkflow,
                        "\(images.count) pictures lie beside the workflow under \"images\"; they aren't put into the input folder",
                        position: position, hint: "save them into the input folder"))
            }
            guard let inner = around[key] else { break }
            around = inner
        }
        return result
    }
}
