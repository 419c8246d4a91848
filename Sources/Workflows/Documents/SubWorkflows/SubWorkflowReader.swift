internal import Files

/// Reads the files that a workflow calls, and those that they call, before anything is bound.
///
/// A called file lies in the caller's folder or below it. A file that calls itself, directly or through others, is refused with the
/// way it does so.
struct SubWorkflowReader {
    private(set) var diagnostics: [Diagnostic] = []
    private let read: (String) -> DocumentReader.Result

    /// - Parameter read: reads one file without following its calls.
    init(read: @escaping (String) -> DocumentReader.Result) { self.read = read }

    /// Deeper than anybody composes.
    private static let maximumDepth = 16

    /// The document with the files of its calls attached.
    ///
    /// - Parameters:
    ///   - folder: where the document lies; called files are looked for beside it.
    ///   - chain: real paths of the files on the way here.
    mutating func attach(_ document: WorkflowDocument, folder: String, chain: [String]) -> WorkflowDocument {
        var document = document
        for node in document.nodes {
            guard let call = node.call, document.called[call.file] == nil else { continue }
            guard let path = path(of: call, node: node.name, folder: folder, in: document) else { continue }
            if let start = chain.firstIndex(of: path) {
                let names = (chain[start...] + [path]).map { $0.split(separator: "/").last.map(String.init) ?? $0 }
                report(
                    .recursiveSubgraph, "the workflow calls itself: \(names.joined(separator: " → "))", call, node.name, in: document)
                continue
            }
            guard chain.count < Self.maximumDepth else {
                report(.tooDeep, "workflows call one another more than \(Self.maximumDepth) deep", call, node.name, in: document)
                continue
            }
            let result = read(path)
            diagnostics += result.diagnostics
            guard let inner = result.document else { continue }
            guard inner.form == .yaml else {
                report(
                    .unsupportedForm, "\(call.file) is in ComfyUI's form; only our own can be called", call, node.name, in: document,
                    hint:
                        "convert it first: darkroom convert \(call.file) -o \(call.file.split(separator: ".").dropLast().joined(separator: ".")).yaml"
                )
                continue
            }
            let innerFolder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            document.called[call.file] = attach(inner, folder: innerFolder, chain: chain + [path])
        }
        return document
    }

    /// The real path of a called file, inside the folder of the caller.
    private mutating func path(of call: SubWorkflowCall, node: String, folder: String, in document: WorkflowDocument) -> String? {
        do throws(ConfinedPath.Refusal) {
            return try NearbyFile.path(of: call.file, beside: folder)
        } catch {
            switch error {
            case .missing: report(.missingFile, "there is no workflow \(call.file) in \(folder)", call, node, in: document)
            case .linkOut, .linkNowhere:
                report(.unreadableFile, "\(call.file) is a link that leads out of the workflow's folder", call, node, in: document)
            default:
                report(
                    .unreadableFile, "\"\(WorkflowDocument.Value.shortened(call.file))\" leads out of the workflow's folder", call, node,
                    in: document, hint: "call a file beside this one, or in a folder below it")
            }
            return nil
        }
    }

    private mutating func report(
        _ code: DiagnosticCode, _ message: String, _ call: SubWorkflowCall, _ node: String, in document: WorkflowDocument,
        hint: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(
                .error, code, message, file: document.files.first?.name, position: call.position, node: node,
                hint: hint ?? code.hint))
    }
}
