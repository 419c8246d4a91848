internal import Formats

/// A workflow of our own form as a picture carries it: the text of its file, the texts of the files that it calls, and what was set when
/// the picture was made. So it runs where none of these files are.
///
/// One JSON object under the key `darkroom`:
///
/// ```json
/// {"version": 1, "name": "flow.yaml", "text": "nodes: …", "files": {"parts/img2img.yaml": "nodes: …"}, "set": [["seed", 8]]}
/// ```
///
/// Files are named by where they lie below the workflow's folder. Lists of prompts, tables and pictures that it reads are not in it.
public enum CarriedWorkflow {
    /// What pictures call the text.
    public static let key = "darkroom"
    /// A larger one isn't carried, and isn't read.
    public static let maximumBytes = 4 << 20
    static let version = 1
    /// More than anybody composes.
    static let maximumFiles = 256

    /// The text of a document with what was set beside it; `nil` for the other forms, which pictures carry anyway, and for one that is
    /// too large.
    public static func text(of document: WorkflowDocument, setting assignments: [Assignment] = []) -> String? {
        guard document.form == .yaml, let file = document.files.first, !file.text.isEmpty else { return nil }
        let files = files(of: document)
        guard files.count <= maximumFiles else { return nil }
        var json = JSONText()
        json.raw("{\"version\": \(version), \"name\": ")
        json.string(file.name.split(separator: "/").last.map(String.init) ?? file.name)
        json.raw(", \"text\": ")
        json.string(file.text)
        json.raw(", \"files\": ")
        json.object(files, key: \.path) { $0.string($1.text) }
        json.raw(", \"set\": ")
        json.array(lasting(document.settings + assignments)) { json, assignment in
            json.raw("[")
            json.string(assignment.target)
            json.raw(", ")
            json.value(assignment.value)
            json.raw("]")
        }
        json.raw("}")
        return json.text.utf8.count <= maximumBytes ? json.text : nil
    }

    /// The files that a document calls, and those that they call, by where they lie below its folder.
    public static func files(of document: WorkflowDocument) -> [(path: String, text: String)] {
        var files: [String: String] = [:]
        collect(document, folder: "", into: &files)
        return files.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The last assignment of each target, in order.
    private static func lasting(_ assignments: [Assignment]) -> [Assignment] {
        var seen: Set<String> = []
        return assignments.reversed().filter { seen.insert($0.target).inserted }.reversed()
    }

    private static func collect(_ document: WorkflowDocument, folder: String, into files: inout [String: String]) {
        for (name, called) in document.called {
            let path = path(of: name, in: folder)
            guard files[path] == nil, let text = called.files.first?.text else { continue }
            files[path] = text
            collect(called, folder: Self.folder(of: path), into: &files)
        }
    }

    /// A called file by where it lies below the outermost one.
    static func path(of name: String, in folder: String) -> String {
        let parts = name.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        return folder.isEmpty ? parts : "\(folder)/\(parts)"
    }

    static func folder(of path: String) -> String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }
}

extension JSONText {
    /// A value that was set: texts, numbers, switches, and lists of them.
    fileprivate mutating func value(_ value: WorkflowDocument.Value) {
        switch value {
        case .null: raw("null")
        case .boolean(let flag): raw(flag ? "true" : "false")
        case .number(let text): raw(text)
        case .string(let text): string(text)
        case .list(let elements): array(elements) { $0.value($1) }
        case .map(let members): object(members, key: \.key) { $0.value($1.value) }
        case .link(.reference(let text)), .link(.absolute(let text)), .link(.malformed(let text)): string(text)
        case .link(.slot(let node, let slot)): string("\(node).\(slot)")
        }
    }
}
