internal import Foundation
internal import Nodes
internal import Pictures
internal import Workflows

/// How the workflow is found among the texts of a picture.
struct PictureReading {
    let source: WorkflowSource
    let catalog: NodeCatalog
    let files: any FileCatalog
    let environment: SessionEnvironment
    let reader: DocumentReader

    /// A text that may hold a workflow, and the name it bears in the picture.
    private typealias Text = PictureMetadata.Entry

    /// The workflow, best known first: our own form, what ran (`prompt`), what the window showed (`workflow`), any other text that is a
    /// workflow, and what can be built from settings. What is damaged hides nothing behind it, and is told.
    ///
    /// - Throws: `SessionError` when there is nothing of all that.
    func read(_ metadata: PictureMetadata) throws(SessionError) -> DocumentReader.Result {
        var notes = metadata.notes.map {
            Diagnostic(.warning, .unreadablePart, "\(source.name): \($0)", file: source.name, hint: DiagnosticCode.unreadablePart.hint)
        }
        if let text = metadata[CarriedWorkflow.key] {
            // Our own form says what its author meant, parameters included.
            let folder = source.path.map { URL(fileURLWithPath: environment.spelled($0)).deletingLastPathComponent().path }
            var carried = reader.read(carried: text, name: source.name, folder: folder)
            if carried.document != nil {
                carried.diagnostics = notes + carried.diagnostics
                return carried
            }
            notes += carried.diagnostics.map(\.asWarning)
        }
        /// Texts that should have been workflows, and why they are none.
        var damaged: [(key: String, reason: String)] = []
        var refused: DocumentReader.Result?
        var foreign: DocumentReader.Result?
        for text in candidates(metadata) {
            var result = reader.read(text: text.text, name: source.name)
            if var document = result.document, !result.diagnostics.hasErrors, document.form != .api || document.hangsTogether {
                if document.form == .api {
                    result.diagnostics += document.fillDefaults(catalog: catalog)
                    result.document = document
                }
                // A site puts nodes of its own under a name that means settings elsewhere; those may do better.
                if isNamed(text) || document.nodes.allSatisfy({ catalog.spec($0.type) != nil }) {
                    result.diagnostics = notes + warnings(damaged, taking: "its \"\(text.key)\"") + result.diagnostics
                    return result
                }
                foreign = foreign ?? result
            }
            // What isn't even meant for a workflow needs no word.
            guard isNamed(text) else { continue }
            damaged.append((text.key, result.diagnostics.first { $0.severity == .error }?.message ?? "its links lead nowhere"))
            refused = refused ?? result
        }
        switch PictureSettings(metadata) {
        case .settings(let parameters, let text):
            var built = Self.built(from: parameters, text: text, files: files, name: source.name)
            built.diagnostics = notes + warnings(damaged, taking: "its settings") + built.diagnostics
            return built
        case .unusable(let program, let reason):
            if let refused = foreign ?? refused { return refused }
            throw SessionError(
                .noWorkflow, "the picture \(source.name) carries no workflow but what \(program) writes: \(reason)",
                hint: "a workflow can be built from the settings of Automatic1111, Fooocus, SwarmUI, InvokeAI, NovelAI and others")
        case .none:
            if let refused = foreign ?? refused { return refused }
            guard metadata.entries.isEmpty else {
                throw SessionError(
                    .noWorkflow,
                    "the picture \(source.name) carries no workflow and no settings; its texts are \(PictureSettings.names(metadata))",
                    hint: "pictures saved by ComfyUI or Darkroom carry one, unless something has stripped them of it")
            }
            throw SessionError(
                .noWorkflow, "the picture \(source.name) carries no workflow",
                hint: "pictures saved by ComfyUI or Darkroom do, unless something has stripped them of it")
        }
    }

    /// The workflow that settings come to.
    ///
    /// - Parameter text: what they stand in.
    static func built(from parameters: GenerationParameters, text: String, files: any FileCatalog, name: String) -> DocumentReader.Result {
        var (document, diagnostics) = parameters.workflow(files: files)
        document.files = [SourceFile(name: name, text: text)]
        for index in diagnostics.indices { diagnostics[index].file = name }
        return DocumentReader.Result(document: document, diagnostics: diagnostics)
    }

    /// `prompt`, `workflow`, and what else looks like JSON. Programs write them in capitals, or all into one text.
    private func candidates(_ metadata: PictureMetadata) -> [Text] {
        let texts = metadata.entries.filter { entry in
            entry.key != CarriedWorkflow.key && (isNamed(entry) || entry.text.first { !$0.isWhitespace } == "{")
        }
        let isJSON = { (text: Text) in [nil, "{", "["].contains(text.text.first { !$0.isWhitespace }) }
        func named(_ name: String) -> [Text] { texts.filter { $0.key.lowercased() == name && (isJSON($0) || metadata.workflow != nil) } }
        return named("prompt") + named("workflow") + texts.filter { !isNamed($0) }
    }

    private func warnings(_ damaged: [(key: String, reason: String)], taking other: String) -> [Diagnostic] {
        damaged.map { text in
            Diagnostic(
                .warning, .unreadablePart, "the picture's \"\(text.key)\" can't be used (\(text.reason)); \(other) is taken",
                file: source.name,
                hint: DiagnosticCode.unreadablePart.hint)
        }
    }

    private func isNamed(_ text: Text) -> Bool { ["prompt", "workflow"].contains(text.key.lowercased()) }
}

extension Diagnostic {
    fileprivate var asWarning: Diagnostic {
        var warning = self
        warning.severity = .warning
        return warning
    }
}
