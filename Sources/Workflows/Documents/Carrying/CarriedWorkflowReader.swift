internal import Problems
internal import Formats

extension DocumentReader {
    /// Reads a workflow that a picture carries, with the files that it calls and what was set.
    ///
    /// The text may come from anywhere: it is bounded like a file, and calls lead only to the texts beside it.
    ///
    /// - Parameters:
    ///   - text: as `CarriedWorkflow.text(of:setting:)` wrote it.
    ///   - name: what messages call it.
    ///   - folder: where the picture lies: lists and tables that the workflow walks are looked for there.
    public func read(carried text: String, name: String, folder: String? = nil) -> Result {
        func failure(_ reason: String) -> Result {
            Result(
                document: nil,
                diagnostics: [
                    Diagnostic(.error, .unsupportedForm, "the workflow that the picture carries can't be read: \(reason)", file: name)
                ], files: [SourceFile(name: name, text: text)])
        }
        guard text.utf8.count <= CarriedWorkflow.maximumBytes else { return failure("it is too large") }
        let tree: SourceTree
        do throws(SourceProblem) { tree = try JSONReader.read(text).get() } catch { return failure(error.reason) }
        guard case .number(let version)? = tree["version"]?.content, version == String(CarriedWorkflow.version) else {
            return failure("it is of a version that this program doesn't know")
        }
        guard let main = tree["text"]?.string else { return failure("it has no text") }
        let files = tree["files"]?.entries ?? []
        guard files.count <= CarriedWorkflow.maximumFiles else { return failure("it has too many files") }
        var result = read(text: main, name: name)
        guard let document = result.document, document.form == .yaml else {
            return result.document == nil ? result : failure("it isn't in Darkroom's own form")
        }
        var attaching = CarriedFiles(
            texts: Dictionary(files.map { ($0.key, $0.value.string ?? "") }) { first, _ in first }, reader: self, name: name,
            place: folder)
        var whole = attaching.attach(document, folder: "")
        whole.folder = folder
        whole.isCarried = true
        whole.settings = (tree["set"]?.elements ?? []).compactMap { pair in
            guard let pair = pair.elements, pair.count == 2, let target = pair[0].string else { return nil }
            return Assignment(target: target, value: WorkflowDocument.Value(pair[1]))
        }
        result.document = whole
        result.diagnostics += attaching.diagnostics
        return result
    }
}

/// Gives a carried workflow the files that it calls.
private struct CarriedFiles {
    let texts: [String: String]
    let reader: DocumentReader
    let name: String
    /// Where the picture lies.
    let place: String?
    var diagnostics: [Diagnostic] = []
    /// Files that are attached, with what they call; `nil` for one that can't be read.
    private var attached: [String: WorkflowDocument?] = [:]
    private var inProgress: Set<String> = []

    init(texts: [String: String], reader: DocumentReader, name: String, place: String?) {
        (self.texts, self.reader, self.name, self.place) = (texts, reader, name, place)
    }

    mutating func attach(_ document: WorkflowDocument, folder: String) -> WorkflowDocument {
        var document = document
        for node in document.nodes {
            guard let call = node.call, document.called[call.file] == nil else { continue }
            let path = CarriedWorkflow.path(of: call.file, in: folder)
            if inProgress.contains(path) {
                report(.recursiveSubgraph, "the workflow calls itself: \(path)", call, node.name, in: document)
            } else if let called = called(path, call, node.name, in: document) {
                document.called[call.file] = called
            }
        }
        return document
    }

    private mutating func called(
        _ path: String, _ call: SubWorkflowCall, _ node: String, in document: WorkflowDocument
    ) -> WorkflowDocument? {
        guard !call.file.hasPrefix("/"), !call.file.split(separator: "/").contains("..") else {
            report(
                .unreadableFile, "\"\(WorkflowDocument.Value.shortened(call.file))\" leads out of the workflow's folder", call, node,
                in: document)
            return nil
        }
        if let known = attached[path] { return known }
        guard let text = texts[path] else {
            report(.missingFile, "the picture carries no workflow \(path)", call, node, in: document)
            return nil
        }
        let result = reader.read(text: text, name: "\(name):\(path)")
        diagnostics += result.diagnostics
        guard let inner = result.document, inner.form == .yaml else {
            attached[path] = .some(nil)
            return nil
        }
        inProgress.insert(path)
        defer { inProgress.remove(path) }
        let folder = CarriedWorkflow.folder(of: path)
        var whole = attach(inner, folder: folder)
        whole.folder = place.map { folder.isEmpty ? $0 : "\($0)/\(folder)" }
        attached[path] = whole
        return whole
    }

    private mutating func report(
        _ code: DiagnosticCode, _ message: String, _ call: SubWorkflowCall, _ node: String, in document: WorkflowDocument
    ) {
        diagnostics.append(
            Diagnostic(.error, code, message, file: document.files.first?.name, position: call.position, node: node, hint: code.hint))
    }
}
