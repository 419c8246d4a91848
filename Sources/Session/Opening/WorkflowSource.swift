internal import Foundation
internal import Files
internal import Nodes
internal import Pictures
internal import Workflows

/// Where a workflow is read from.
public enum WorkflowSource: Sendable, Hashable {
    /// A file in any form, or a picture that carries a workflow; told by content.
    case file(String)
    /// A file that can be read once and lies nowhere, such as standard input, and what messages call it.
    case stream(path: String, name: String)
    /// A text in memory, and what messages call it.
    case text(String, name: String)
    /// A picture or a text in memory, and what messages call it.
    case bytes([UInt8], name: String)

    /// What messages call it.
    public var name: String {
        switch self {
        case .file(let path): path
        case .stream(_, let name), .text(_, let name), .bytes(_, let name): name
        }
    }

    /// The path of a file that can be read again.
    public var path: String? { if case .file(let path) = self { path } else { nil } }
}

/// How a source is read.
struct WorkflowReading {
    let source: WorkflowSource
    let catalog: NodeCatalog
    /// The files that names in it may mean.
    var files: any FileCatalog
    /// Start of the choices among `{a|b}` in prompts that ComfyUI's window saved.
    var choiceSeed: UInt64
    let environment: SessionEnvironment

    /// Reads the workflow, or the one that a picture carries.
    ///
    /// - Throws: `SessionError` if there is no such file, or if a picture carries none.
    func read() throws(SessionError) -> DocumentReader.Result {
        let choices = PromptChoices(seed: choiceSeed)
        let reader = DocumentReader(
            catalog: catalog, options: UIConversionOptions(clock: .now, files: files, choose: { choices.index(below: $0) }))
        switch source {
        case .stream(let path, let name): return try read(try contents(ofStream: path, name), name, by: reader)
        case .text(let text, let name): return builtFromSettings(insteadOf: reader.read(text: text, name: name))
        case .bytes(let bytes, let name): return try read(bytes, name, by: reader)
        case .file(let path):
            let place = environment.spelled(path)
            guard let identity = FileIdentity(path: place) else { throw SessionError(.missingFile, "there is no file \(path)") }
            // What a pipe gave is gone: it is read once, whatever it turns out to hold.
            if identity.kind == .other { return try read(try contents(ofStream: place, path), path, by: reader) }
            guard Self.isPicture(place) else { return builtFromSettings(insteadOf: reader.read(path: place)) }
            return try carried(try metadata { () throws(PictureError) in try PictureMetadata.read(place) }, by: reader)
        }
    }

    /// More than any picture that carries a workflow.
    private static let streamLimit = 1 << 30

    private func contents(ofStream path: String, _ name: String) throws(SessionError) -> [UInt8] {
        do throws(FileProblem) {
            return try ReadableFile.contents(of: path, limit: Self.streamLimit, regularOnly: false)
        } catch { throw SessionError(.unreadableFile, "\(name) can't be read: \(error.systemReason)") }
    }

    private func read(_ bytes: [UInt8], _ name: String, by reader: DocumentReader) throws(SessionError) -> DocumentReader.Result {
        guard Picture.Format(signature: bytes.prefix(12)) != nil else {
            return builtFromSettings(insteadOf: reader.read(bytes, name: name, callsBeside: "."))
        }
        return try carried(try metadata { () throws(PictureError) in try PictureMetadata.read(bytes: bytes, name: name) }, by: reader)
    }

    private func metadata(_ read: () throws(PictureError) -> PictureMetadata) throws(SessionError) -> PictureMetadata {
        do { return try read() } catch { throw SessionError(error, code: .unreadableFile) }
    }

    /// Settings as a text of their own, as programs save them beside their pictures.
    private func builtFromSettings(insteadOf result: DocumentReader.Result) -> DocumentReader.Result {
        guard result.document?.nodes.isEmpty != false, result.diagnostics.hasErrors, let text = result.files.first?.text,
            let parameters = GenerationParameters(text), parameters.settings.count >= 3
        else { return result }
        return PictureReading.built(from: parameters, text: text, files: files, name: source.name)
    }

    private func carried(_ metadata: PictureMetadata, by reader: DocumentReader) throws(SessionError) -> DocumentReader.Result {
        try PictureReading(source: source, catalog: catalog, files: files, environment: environment, reader: reader).read(metadata)
    }

    private static func isPicture(_ path: String) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path), let start = try? file.read(upToCount: 12) else { return false }
        return Picture.Format(signature: start) != nil
    }
}
