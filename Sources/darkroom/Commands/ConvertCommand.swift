import ArgumentParser
import Files
import Foundation
import Nodes
import Session
import WorkflowEngine

struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Writes a workflow in another form.",
        discussion: """
            yaml: our own form; api: what ComfyUI's server takes; ui: what its window opens. What a form can't say is left out and \
            reported. Model files needn't be there.
            """)

    @Argument(help: ArgumentHelp("A workflow in any form; - reads standard input.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("The form to write (by the name of the output file if there is one, else yaml).", valueName: "yaml|api|ui"))
    var to: DocumentForm?

    @Option(name: .shortAndLong, help: ArgumentHelp("Where to write; standard output without it.", valueName: "file"))
    var output: String?

    @OptionGroup(title: "Folders") var folders: FolderOptions

    func run() throws {
        // Names of models in a picture's settings are completed by the files that are there.
        var result = try folders.session.read(WorkflowSource(argument: file), files: try folders.services(besides: file))
        guard let document = result.document?.settled(catalog: .standard) else {
            result.diagnostics.show(quoting: result.files, leastSeverity: .note)
            throw Failure(.wrongInput)
        }
        let form = to ?? output.flatMap(DocumentForm.init(fileName:)) ?? .yaml
        let converted = try form.text(of: document, files: NamedFiles(of: try folders.services(besides: file)))
        result.diagnostics += converted.diagnostics
        result.diagnostics.show(quoting: document.allFiles)
        guard let output else {
            Terminal.output.write(converted.text)
            return
        }
        try AtomicFile.write(converted.text, to: output)
        Terminal.output.line(URL(fileURLWithPath: output).standardizedFileURL.path)
        if form == .yaml, document.isCarried { try writeCalledFiles(of: document, beside: output) }
    }
}

extension ConvertCommand {
    /// Writes the workflows that a picture's workflow calls, where it calls them. What is there stays as it is.
    private func writeCalledFiles(of document: WorkflowDocument, beside output: String) throws {
        let folder = URL(fileURLWithPath: output).standardizedFileURL.deletingLastPathComponent()
        for (path, text) in CarriedWorkflow.files(of: document) {
            let file = folder.appending(path: path)
            guard !FileManager.default.fileExists(atPath: file.path) else { continue }
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file, options: .atomic)
            Terminal.output.line(file.path)
        }
    }
}

/// A form that workflows are written in.
enum DocumentForm: String, ExpressibleByArgument, CaseIterable {
    case yaml, api, ui

    /// By a file's name: `.yaml` and `.yml` are our own, `.json` the server's.
    init?(fileName: String) {
        switch URL(fileURLWithPath: fileName).pathExtension.lowercased() {
        case "yaml", "yml": self = .yaml
        case "json": self = .api
        default: return nil
        }
    }

    /// A document in this form.
    ///
    /// - Throws: `Failure` when our own form doesn't make sense and so has no other.
    func text(of document: WorkflowDocument, files: NamedFiles) throws -> (text: String, diagnostics: [Diagnostic]) {
        switch self {
        case .yaml: return YAMLDocumentWriter.write(document, catalog: .standard)
        case .api:
            let (numbered, problems) = try Self.numbered(document, files: files)
            return (APIDocumentWriter.write(numbered, catalog: .standard), problems)
        case .ui:
            let (numbered, problems) = try Self.numbered(document, files: files)
            let (text, losses) = UIDocumentWriter.write(numbered, catalog: .standard)
            return (text, problems + losses)
        }
    }

    /// The document with links by output number. Our own form names outputs in words and leaves out defaults: it is resolved.
    static func numbered(_ document: WorkflowDocument, files: NamedFiles) throws -> (WorkflowDocument, [Diagnostic]) {
        guard document.form == .yaml else { return (document, []) }
        let resolution = Resolver(catalog: .standard, files: files).resolve(document)
        guard !resolution.diagnostics.hasErrors, let graph = resolution.graph else {
            resolution.diagnostics.show(quoting: document.allFiles, leastSeverity: .note)
            throw Failure(.wrongInput)
        }
        let again = DocumentReader(catalog: .standard).read(text: graph.promptText, name: document.files.first?.name ?? "")
        guard let numbered = again.document else { throw Failure(.wrongInput) }
        return (numbered, [])
    }
}

/// The files that are there, for what a workflow walks; any other name is taken as it is.
struct NamedFiles: FileCatalog {
    private let services: NodeServices

    init(of services: NodeServices) { self.services = services }

    func contains(_ name: String, in folder: String) -> Bool { true }
    func names(in folder: String) -> [String] { services.names(in: folder) }
    func places(of folder: String) -> [String] { services.places(of: folder) }
}
