import ArgumentParser
import Foundation
import Nodes
import WorkflowEngine

/// A workflow file, what is set in it from outside, and the folders it is seen with.
struct WorkflowOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "A workflow: YAML, JSON saved by ComfyUI, or a picture that carries one; - reads standard input.", valueName: "file"))
    var file: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Sets a parameter of the workflow, or an input of a node; may be given several times.",
            valueName: "name=value | node.input=value"))
    var set: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Start of the choices among {a|b} in prompts saved by ComfyUI's window.", valueName: "number"))
    var choiceSeed: UInt64 = 0

    @Flag(help: "Leave nodes out that Darkroom doesn't have, and do what doesn't need them.")
    var skipUnknown = false

    @OptionGroup(title: "Folders") var folders: FolderOptions

    /// The values of `--set`.
    ///
    /// - Throws: `Failure` for one that isn't an assignment.
    func assignments() throws -> [Assignment] {
        try set.map { text in
            guard let assignment = Assignment(text) else {
                throw Failure(.wrongInput, "error: --set takes name=value or node.input=value, not \"\(text)\"")
            }
            return assignment
        }
    }

    /// What the workflow is known by from run to run: where it lies.
    var identity: String { URL(fileURLWithPath: file).standardizedFileURL.path }

    /// Reads the workflow and resolves it against the nodes and files that are there.
    ///
    /// - Parameter choiceSeed: start of the choices among `{a|b}`, when it isn't `--choice-seed`.
    func load(choiceSeed: UInt64? = nil) throws -> LoadedWorkflow {
        let services = try folders.services(besides: file == "-" ? nil : file)
        let library = StandardNodes(services: services)
        var result = try WorkflowSource(path: file, files: services, choiceSeed: choiceSeed ?? self.choiceSeed).read()
        guard let document = result.document else {
            return LoadedWorkflow(library: library, document: nil, graph: nil, diagnostics: result.diagnostics, files: result.files)
        }
        let resolver = Resolver(catalog: .standard, files: services, library: library)
        let resolution = resolver.resolve(document, setting: try assignments())
        result.diagnostics += resolution.diagnostics
        // What is right of a file runs, but a slip in the call itself stops: nobody wants the picture without their --set.
        let isMisspelt = resolution.diagnostics.contains { $0.severity == .error && $0.code == .unknownOverride }
        let unknown = UnknownNodes(result.diagnostics, graph: resolution.graph, workflow: resolution.workflow)
        if skipUnknown { result.diagnostics = unknown.skipped(result.diagnostics) }
        return LoadedWorkflow(
            library: library, document: document, graph: isMisspelt ? nil : resolution.graph, diagnostics: result.diagnostics,
            unknown: skipUnknown ? UnknownNodes() : unknown,
            walkedPaths: resolution.walkedPaths, expanded: resolution.workflow)
    }
}

/// A workflow that was read and resolved, as far as that went.
struct LoadedWorkflow {
    let library: StandardNodes
    let document: WorkflowDocument?
    /// The part that can run; nil when nothing can.
    let graph: ResolvedGraph?
    let diagnostics: [Diagnostic]
    /// What was read, when it came to no document.
    var files: [SourceFile] = []
    /// Nodes that outputs need and Darkroom doesn't have, unless they are to be left out.
    var unknown = UnknownNodes()
    /// Folders and files that decided what nodes are repeated over.
    var walkedPaths: [String] = []
    /// What the graph was made of: everything put in and written out.
    var expanded: ExpandedWorkflow?

    /// Prints all problems, each with its line, to stderr.
    ///
    /// - Parameter leastSeverity: what is less severe isn't printed.
    func report(_ leastSeverity: Diagnostic.Severity = .warning) {
        Self.report(diagnostics, quoting: document?.allFiles ?? files, leastSeverity: leastSeverity)
    }

    /// Prints problems, each with its line, to stderr.
    static func report(_ diagnostics: [Diagnostic], quoting files: [SourceFile], leastSeverity: Diagnostic.Severity) {
        let terminal = Terminal.error
        for diagnostic in diagnostics where diagnostic.severity <= leastSeverity {
            var text = diagnostic.rendered(quoting: files)
            let word = diagnostic.severity.rawValue + ":"
            if let range = text.range(of: word) {
                text.replaceSubrange(range, with: terminal.paint(word, diagnostic.severity == .error ? .red : .yellow))
            }
            terminal.write(text + "\n")
        }
    }
}
