public import Formats
internal import Problems

/// A node that is a workflow of its own: which file, and where that stands.
public struct SubWorkflowCall: Sendable, Equatable {
    public var file: String
    public var position: SourcePosition?

    public init(file: String, position: SourcePosition? = nil) {
        self.file = file
        self.position = position
    }
}

/// Puts the nodes of called workflows in the place of the calls, and writes repeated nodes out.
///
/// The inner nodes of a call `winter` are called `winter/…`; links that name the call's outputs lead to the inner nodes that give
/// them. Inner output nodes don't start an evaluation: a called workflow gives values, it saves nothing by itself. The elements of a
/// node `styled` that is repeated are called `styled[1]`, `styled[2]` …
struct SubWorkflowExpansion {
    private let document: WorkflowDocument
    var workflow: ExpandedWorkflow
    private(set) var settings: Settings
    var diagnostics: [Diagnostic] = []
    let catalog: NodeCatalog?
    let files: any FileCatalog
    /// Repeated nodes that were begun, and how many elements they came to, by their whole name.
    var begun: Set<String> = []
    var inProgress: Set<String> = []
    var elementCounts: [String: Int] = [:]
    /// Where the texts of a called file begin among all, by its name: a file called twice is there once.
    private var fileStarts: [String: Int] = [:]
    private static let maximumNodes = 200_000
    /// Calls that were put in: they can multiply without coming to a node.
    private var calls = 0

    /// One file on its way into the whole, with its parameters and settings in place.
    struct Level {
        var inner: WorkflowDocument
        /// Prefix of its nodes' names.
        var scope: String
        /// Index of its text among all.
        var files: Int

        func shifted(_ position: SourcePosition?) -> SourcePosition? {
            guard var position, files > 0 else { return position }
            position.file += Int32(files)
            return position
        }
    }

    init(_ document: WorkflowDocument, settings: Settings, catalog: NodeCatalog?, files: any FileCatalog) {
        self.document = document
        self.settings = settings
        self.catalog = catalog
        self.files = files
        workflow = ExpandedWorkflow(of: document)
    }

    /// Puts everything in, from the outermost file inwards.
    mutating func expand() {
        let bound = BoundWorkflow(document, arguments: settings.parameters, settings: &settings)
        diagnostics += bound.diagnostics
        workflow.outputs = bound.document.outputs
        workflow.nodes.reserveCapacity(bound.document.nodes.count)
        add(Level(inner: bound.document, scope: "", files: 0))
    }

    /// Adds a document's nodes under a prefix.
    private mutating func add(_ level: Level) {
        for node in level.inner.nodes {
            if node.foreach != nil {
                addElements(of: node, level)
            } else {
                add(node, level)
            }
        }
    }

    /// Adds a node, or those of the workflow that it is.
    ///
    /// - Parameter isBroken: what is wrong with it was reported.
    mutating func add(_ node: WorkflowDocument.Node, _ level: Level, isBroken: Bool = false) {
        if node.call != nil { calls += 1 }
        guard workflow.nodes.count < max(Self.maximumNodes, document.nodes.count), calls <= Self.maximumNodes else {
            if diagnostics.last?.code != .tooManyValues {
                report(
                    .tooManyValues, "the called workflows come to more than \(Self.maximumNodes) nodes", at: level.shifted(node.position),
                    node: node.name)
            }
            return
        }
        if let call = node.call {
            expand(call, node, level)
            return
        }
        var copy = ExpandedWorkflow.Node(node)
        copy.isBroken = isBroken
        // In the outermost file everything is as it was, and unchanged inputs stay the same storage.
        if level.files > 0 || !level.scope.isEmpty {
            copy.name = level.scope + node.name
            copy.scope = level.scope
            copy.position = level.shifted(node.position)
            copy.typePosition = level.shifted(node.typePosition)
            for index in copy.inputs.indices {
                copy.inputs[index].namePosition = level.shifted(copy.inputs[index].namePosition)
                copy.inputs[index].valuePosition = level.shifted(copy.inputs[index].valuePosition)
            }
        }
        workflow.nodes.append(copy)
    }

    private mutating func expand(_ call: SubWorkflowCall, _ node: WorkflowDocument.Node, _ level: Level) {
        // A file that couldn't be read has been reported.
        guard var called = level.inner.called[call.file] else { return }
        let innerScope = level.scope + node.name + "/"
        var arguments: [(name: String, value: WorkflowDocument.Value)] = []
        for index in called.parameters.indices {
            if let group = called.parameters[index].control?.group { called.parameters[index].control?.group = innerScope + group }
        }
        for argument in node.inputs {
            guard let index = called.parameters.firstIndex(where: { $0.name == argument.name }) else {
                reportUnknownParameter(argument, of: call, called, at: level.shifted(argument.namePosition), node: level.scope + node.name)
                continue
            }
            // The caller's value moves on as the caller says.
            if let control = argument.control { called.parameters[index].control = control }
            let parameter = called.parameters[index]
            arguments.append((parameter.name, absolute(argument.value, for: parameter, scope: level.scope)))
        }
        let bound = BoundWorkflow(called, arguments: arguments, settings: &settings, scope: innerScope)
        var problems = bound.diagnostics
        let start = start(of: called.files)
        for index in problems.indices {
            problems[index].position?.file += Int32(start)
            problems[index].node = problems[index].node.map { innerScope + $0 } ?? level.scope + node.name
        }
        diagnostics += problems
        for output in called.outputs {
            guard let target = output.value.referenceText else { continue }
            workflow.outputAliases["\(level.scope)\(node.name).\(output.name)"] = innerScope + target
            if called.outputs.count == 1 { workflow.outputAliases[level.scope + node.name] = innerScope + target }
        }
        add(Level(inner: bound.document, scope: innerScope, files: start))
    }

    /// Where a called workflow's texts are among all; they are added the first time.
    private mutating func start(of texts: [SourceFile]) -> Int {
        let key = texts.map(\.name).joined(separator: "\n")
        if let start = fileStarts[key] { return start }
        let start = workflow.files.count
        workflow.files += texts
        fileStarts[key] = start
        return start
    }

    /// A value of the caller's as the called workflow sees it: what is a link there names a node from the outermost file on.
    private func absolute(
        _ value: WorkflowDocument.Value, for parameter: WorkflowDocument.Parameter, scope: String
    ) -> WorkflowDocument.Value {
        switch value {
        case .link(.reference(let text)): .link(.absolute(scope + text))
        case .string(let text) where parameter.takesLink: .link(.absolute(scope + text))
        default: value
        }
    }

    /// What is set of one element, or of the node that loads its picture.
    mutating func takeSettings(of name: String, _ level: Level) -> [Settings.Input] { settings.take(level.scope + name) }

    mutating func reportUnknownParameter(
        _ argument: WorkflowDocument.Input, of call: SubWorkflowCall, _ called: WorkflowDocument, at place: SourcePosition?, node: String
    ) {
        report(
            .unknownParameter, "\(call.file) has no parameter \"\(argument.name)\"", at: place, node: node, input: argument.name,
            hint: NearestMatch.hint(for: argument.name, among: called.parameters.map(\.name), called: "parameters"))
    }

    mutating func report(
        _ code: DiagnosticCode, _ message: String, at place: SourcePosition?, node: String, input: String? = nil, hint: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(
                .error, code, message, file: workflow.fileName(at: place), position: place, node: node, input: input,
                hint: hint ?? code.hint))
    }
}

extension WorkflowDocument.Value {
    /// The text of a reference, written plainly or as `{from: …}`.
    var referenceText: String? {
        switch self {
        case .string(let text), .link(.reference(let text)): text
        default: nil
        }
    }
}
