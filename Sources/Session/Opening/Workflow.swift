public import Nodes
public import WorkflowEngine
public import Workflows

/// What is set in a workflow from outside.
public struct WorkflowSettings: Sendable {
    public var assignments: [Assignment] = []
    /// Start of the choices among `{a|b}` in prompts that ComfyUI's window saved.
    public var choiceSeed: UInt64 = 0
    /// Whether warnings are errors: nothing runs then that isn't done just as it was asked.
    public var isStrict = false
    /// Leaves nodes out that aren't there, and what needs them.
    public var skipsUnknown = false
    /// Nodes to compute instead of the outputs.
    public var targets: [String]?

    public init() {}
}

/// A workflow that was read and resolved, as far as that went.
public struct Workflow: Sendable {
    public let source: WorkflowSource
    public let settings: WorkflowSettings
    /// What it is known by from run to run: where it lies; `nil` for one that lies nowhere.
    public let identity: String?
    /// The folders that its names are seen with.
    public let services: NodeServices
    /// What runs its nodes.
    public let library: any NodeLibrary
    public internal(set) var document: WorkflowDocument?
    /// The part that can run; `nil` when nothing can.
    public internal(set) var graph: ResolvedGraph?
    /// All problems.
    public internal(set) var diagnostics: [Diagnostic] = []
    /// The texts that problems are in.
    public internal(set) var files: [SourceFile] = []
    /// Nodes that outputs need and that aren't there, unless they are to be left out.
    public internal(set) var unknown = UnknownNodes()
    /// Folders and files that decided what nodes are repeated over.
    public internal(set) var walkedPaths: [String] = []
    /// What the graph was made of: everything put in and written out.
    public internal(set) var expanded: ExpandedWorkflow?

    /// Whether everything in it was understood.
    public var isWhole: Bool { graph != nil && !diagnostics.hasErrors }

    /// The part that can run.
    ///
    /// - Throws: `SessionError` when nodes are missing that something needs, or when nothing can run.
    public func runnable() throws(SessionError) -> ResolvedGraph {
        guard unknown.isEmpty else { throw unknown.refusal }
        guard let graph else { throw SessionError(.nothingToRun, "nothing is left to run") }
        return graph
    }
}

extension WorkflowSettings {
    /// What is set more than once: the last time counts.
    fileprivate var repeated: [Diagnostic] {
        Dictionary(grouping: assignments, by: \.target).filter { $0.value.count > 1 }.keys.sorted().map { target in
            Diagnostic(
                .warning, .duplicateKey, "\"\(target)\" is set \(assignments.count { $0.target == target }) times; the last one counts",
                hint: DiagnosticCode.duplicateKey.hint)
        }
    }
}

extension Session {
    /// Reads a workflow and resolves it against the nodes and files that are there. What is wrong with it is in the result.
    ///
    /// - Throws: `SessionError` when there is no such file, no workflow in it, or no such folders.
    public func open(_ source: WorkflowSource, settings: WorkflowSettings = WorkflowSettings()) throws(SessionError) -> Workflow {
        let identity = source.path.map(configuration.environment.absolute)
        let folder = identity.map { $0[..<($0.lastIndex(of: "/") ?? $0.startIndex)] }.map(String.init)
        let services = try configuration.folders.services(beside: folder, in: configuration.environment)
        let files = configuration.nodes.files(services)
        var workflow = Workflow(
            source: source, settings: settings, identity: identity, services: services, library: configuration.nodes.library(services))
        let reading = try read(source, files: files, choiceSeed: settings.choiceSeed)
        workflow.diagnostics = reading.diagnostics
        workflow.document = reading.document
        workflow.files = reading.document?.allFiles ?? reading.files
        guard let document = reading.document else { return workflow }
        let resolver = Resolver(catalog: configuration.nodes.catalog, files: files, library: workflow.library)
        let resolution = resolver.resolve(document, setting: settings.assignments, targets: settings.targets)
        workflow.diagnostics += resolution.diagnostics + settings.repeated
        // What is right of a file runs, but a slip in the call itself stops: nobody wants the picture without their setting.
        let isMisspelt = resolution.diagnostics.contains { $0.severity == .error && $0.code == .unknownOverride }
        let unknown = UnknownNodes(workflow.diagnostics, graph: resolution.graph, workflow: resolution.workflow)
        if settings.skipsUnknown { workflow.diagnostics = unknown.skipped(workflow.diagnostics) }
        workflow.graph = isMisspelt ? nil : resolution.graph
        if settings.isStrict, workflow.diagnostics.contains(where: { $0.severity == .warning }) {
            for index in workflow.diagnostics.indices where workflow.diagnostics[index].severity == .warning {
                workflow.diagnostics[index].severity = .error
            }
            workflow.graph = nil
        }
        workflow.unknown = settings.skipsUnknown ? UnknownNodes() : unknown
        (workflow.walkedPaths, workflow.expanded) = (resolution.walkedPaths, resolution.workflow)
        return workflow
    }

    /// Reads a workflow and nothing more: whether its nodes and files are there isn't asked.
    ///
    /// - Parameter files: the files that names in it may mean; any, without it.
    /// - Throws: `SessionError` when there is no such file, or no workflow in it.
    public func read(
        _ source: WorkflowSource, files: (any FileCatalog)? = nil, choiceSeed: UInt64 = 0
    ) throws(SessionError) -> DocumentReader.Result {
        try WorkflowReading(
            source: source, catalog: configuration.nodes.catalog, files: files ?? AnyFileCatalog(), choiceSeed: choiceSeed,
            environment: configuration.environment
        ).read()
    }

    /// What running a workflow would come to. Nothing is computed, and no model is opened.
    ///
    /// - Throws: `SessionError` when nothing can run.
    public func plan(_ workflow: Workflow) throws(SessionError) -> ExecutionPlan {
        let graph = try workflow.runnable()
        return plan(graph, of: workflow, settings: RunSettings())
    }

    func plan(_ graph: ResolvedGraph, of workflow: Workflow, settings: RunSettings) -> ExecutionPlan {
        var options = RunOptions(workflow: settings.identity ?? workflow.identity ?? graph.shape)
        (options.forcesAll, options.forcedNodes) = (settings.forcesAll, settings.forcedNodes)
        return Engine(library: workflow.library, cache: cache).plan(graph, options: options)
    }
}
