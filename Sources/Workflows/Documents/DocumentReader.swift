internal import Problems
internal import Files
internal import Formats

/// Reads a workflow in any form; which one is told by the content, never by the file's name.
public struct DocumentReader: Sendable {
    /// What reading gives: a document, if there is one to go on with, and everything that was noticed.
    public struct Result: Sendable {
        public var document: WorkflowDocument?
        public var diagnostics: [Diagnostic]
        /// The texts that positions are in, also when there is no document.
        public var files: [SourceFile]

        public init(document: WorkflowDocument?, diagnostics: [Diagnostic], files: [SourceFile] = []) {
            self.document = document
            self.diagnostics = diagnostics
            self.files = document?.files ?? files
        }
    }

    private let limits = ReaderLimits()
    private let catalog: NodeCatalog?
    private let options: UIConversionOptions

    /// - Parameters:
    ///   - catalog: the node types, whose order of widgets the UI form goes by; without it that form is refused.
    ///   - options: what the UI form's conversion may not decide by itself.
    public init(catalog: NodeCatalog? = nil, options: UIConversionOptions = UIConversionOptions()) {
        self.catalog = catalog
        self.options = options
    }

    /// Largest text that is read, in bytes.
    public var maximumBytes: Int { limits.bytes }

    /// Reads a text.
    ///
    /// - Parameter name: what messages call it.
    public func read(_ bytes: some Collection<UInt8>, name: String) -> Result {
        guard bytes.count <= limits.bytes else { return tooLarge(name, bytes: bytes.count) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return failure(.notUTF8, "the file isn't UTF-8 text", name: name)
        }
        return read(text: text, name: name)
    }

    /// Reads a text.
    ///
    /// - Parameter name: what messages call it.
    public func read(text: String, name: String) -> Result {
        guard text.utf8.count <= limits.bytes else { return tooLarge(name, bytes: text.utf8.count) }
        let body = text.utf8.first == 0xEF && text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
        let file = SourceFile(name: name, text: body)
        let isJSON = body.utf8.first { !isBlank($0) }.map { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "[") } ?? false
        let read = isJSON ? JSONReader.read(body, limits: limits) : YAMLReader.read(body, limits: limits)
        var (tree, diagnostics) = (read.tree, read.diagnostics)
        // A YAML file may start with a flow map, too; what only YAML accepts is not reported as bad JSON.
        if isJSON, tree == nil, diagnostics.last?.code == .syntax,
            case let other = YAMLReader.read(body, limits: limits), other.tree?["nodes"]?.entries != nil
        {
            (tree, diagnostics) = (other.tree, other.diagnostics)
        }
        if tree == nil, diagnostics.isEmpty {
            diagnostics.append(Diagnostic(.error, .unknownForm, "this is no workflow: there is nothing in it"))
        }
        var result = Result(document: nil, diagnostics: diagnostics, files: [file])
        if let whole = tree {
            var (tree, file) = (whole, file)
            var form = form(of: tree)
            if form == nil, isJSON, let inner = unwrapped(whole, diagnostics: &result.diagnostics) {
                (tree, form) = (inner.tree, inner.form)
                if let text = inner.text { file = SourceFile(name: name, text: text) }
                result.files = [file]
            }
            form = form ?? lenientForm(of: tree, isJSON: isJSON)
            switch form {
            case .yaml?:
                var reader = YAMLDocumentReader(file: file)
                result.document = reader.read(tree)
                result.diagnostics += reader.diagnostics
            case .api?:
                var reader = APIDocumentReader(file: file)
                result.document = reader.read(tree)
                result.diagnostics += reader.diagnostics
            case .ui?:
                guard let catalog else {
                    result.diagnostics.append(
                        Diagnostic(
                            .error, .unsupportedForm, "this is a workflow saved from ComfyUI's window (UI form)",
                            position: tree.position, hint: DiagnosticCode.unsupportedForm.hint))
                    break
                }
                var reader = UIDocumentReader(file: file, catalog: catalog, options: options)
                result.document = reader.read(tree)
                result.diagnostics += reader.diagnostics
            case nil:
                result.diagnostics.append(
                    Diagnostic(
                        .error, .unknownForm, "this is no workflow: \(tree.kind) without nodes",
                        position: tree.position, hint: DiagnosticCode.unknownForm.hint))
            }
        } else if !diagnostics.hasErrors {
            // Nothing, blanks or comments only.
            result.diagnostics.append(
                Diagnostic(.error, .unknownForm, "this is no workflow: nothing is in it", hint: DiagnosticCode.unknownForm.hint))
        }
        for index in result.diagnostics.indices where result.diagnostics[index].file == nil {
            result.diagnostics[index].file = name
        }
        return result
    }

    /// Reads a file and the workflows it calls; never more of one than the limit, whatever it is (a device, a pipe).
    public func read(path: String, name: String? = nil) -> Result {
        withCalls(readAlone(path: path, name: name), folder: Folder.parent(of: path), chain: Folder.realPath(path).map { [$0] } ?? [])
    }

    /// Reads bytes that lie nowhere (a pipe, standard input), and the workflows they call.
    ///
    /// - Parameter folder: what names in them are relative to: where whoever runs them is.
    public func read(_ bytes: [UInt8], name: String, callsBeside folder: String) -> Result {
        guard bytes.count <= limits.bytes else { return tooLarge(name, bytes: bytes.count) }
        return withCalls(read(bytes, name: name), folder: folder, chain: [])
    }

    private func withCalls(_ read: Result, folder: String, chain: [String]) -> Result {
        var result = read
        result.document?.folder = folder
        guard let document = result.document, document.nodes.contains(where: { $0.call != nil }) else { return result }
        var calls = SubWorkflowReader { path in
            var result = readAlone(path: path, name: path)
            result.document?.folder = Folder.parent(of: path)
            return result
        }
        result.document = calls.attach(document, folder: folder, chain: chain)
        result.diagnostics += calls.diagnostics
        return result
    }

    private func readAlone(path: String, name: String?) -> Result {
        let name = name ?? path
        do throws(FileProblem) {
            return read(try ReadableFile.contents(of: path, limit: limits.bytes, regularOnly: false), name: name)
        } catch {
            return error.code == .overLimit
                ? tooLarge(name, bytes: FileIdentity(path: path)?.size) : failure(.unreadableFile, error.systemReason, name: name)
        }
    }

    // MARK: Form

    /// UI: a list of nodes. API: a map of maps with `class_type`, perhaps inside `prompt`. Ours: a map `nodes`.
    private func form(of tree: SourceTree) -> WorkflowDocument.Form? {
        guard let entries = tree.entries else { return nil }
        if let nodes = tree["nodes"] {
            // Nodes and edges without links are other programs', InvokeAI's among them.
            if nodes.elements != nil { return tree["links"] == nil && tree["edges"] != nil ? nil : .ui }
            if nodes.entries != nil { return .yaml }
        }
        let inner = tree["prompt"]?.entries ?? entries
        return inner.contains { $0.value["class_type"] != nil } ? .api : nil
    }

    /// Without a single `class_type`: JSON of the right shape gets the API reader's messages, YAML ours.
    private func lenientForm(of tree: SourceTree, isJSON: Bool) -> WorkflowDocument.Form? {
        guard let entries = tree.entries else { return nil }
        guard isJSON else { return .yaml }
        return (tree["prompt"]?.entries ?? entries).contains { $0.value["inputs"] != nil } ? .api : nil
    }

    /// The workflow that other data hold: what the server takes rather than what the window shows, since nothing of it is a guess.
    private func unwrapped(_ tree: SourceTree, diagnostics: inout [Diagnostic]) -> WrappedWorkflow? {
        let all = WrappedWorkflow.all(in: tree) { tree in
            guard let form = form(of: tree) else { return nil }
            // Other data have lists called "nodes", too.
            let nodes = tree["nodes"]
            switch form {
            case .api: return form
            case .ui: return nodes?.elements?.contains { $0["type"] != nil } == true ? form : nil
            case .yaml: return nodes?.entries?.contains { $0.value["type"] != nil } == true ? form : nil
            }
        }
        guard let chosen = all.first(where: { $0.form == .api }) ?? all.first else { return nil }
        diagnostics += WrappedWorkflow.diagnostics(taking: chosen, of: all, in: tree)
        return chosen
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }

    private func tooLarge(_ name: String, bytes: Int?) -> Result {
        let size = bytes.flatMap { $0 > limits.bytes ? "\($0 >> 20) MB" : nil } ?? "more than \(limits.bytes >> 20) MB"
        return failure(
            .fileTooLarge, "the file has \(size); workflows are read up to \(limits.bytes >> 20) MB", name: name)
    }

    private func failure(_ code: DiagnosticCode, _ message: String, name: String) -> Result {
        Result(document: nil, diagnostics: [Diagnostic(.error, code, message, file: name, hint: code.hint)])
    }
}
