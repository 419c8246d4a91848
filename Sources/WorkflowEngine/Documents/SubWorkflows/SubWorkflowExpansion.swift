/// A node that is a workflow of its own: which file, and where that stands.
public struct SubWorkflowCall: Sendable, Equatable {
    public var file: String
    public var position: SourcePosition?

    public init(file: String, position: SourcePosition? = nil) {
        self.file = file
        self.position = position
    }
}

/// Puts the nodes of called workflows in the place of the calls.
///
/// The inner nodes of a call `winter` are called `winter/…`; links that name the call's outputs lead to the inner nodes that give
/// them. Inner output nodes don't start an evaluation: a called workflow gives values, it saves nothing by itself.
struct SubWorkflowExpansion {
    private(set) var document: WorkflowDocument
    private(set) var diagnostics: [Diagnostic] = []
    private static let maximumNodes = 200_000

    /// - Parameter document: with its own parameters bound.
    init(_ document: WorkflowDocument) {
        self.document = document
        guard document.nodes.contains(where: { $0.call != nil }) else { return }
        self.document.nodes = []
        self.document.called = [:]
        add(document, scope: "", files: 0)
    }

    /// Adds a document's nodes under a prefix.
    ///
    /// - Parameter files: index of the document's text among all.
    private mutating func add(_ inner: WorkflowDocument, scope: String, files: Int) {
        func shifted(_ position: SourcePosition?) -> SourcePosition? {
            guard var position, files > 0 else { return position }
            position.file += Int32(files)
            return position
        }
        for node in inner.nodes {
            guard document.nodes.count < Self.maximumNodes else {
                if diagnostics.last?.code != .tooManyValues {
                    report(.tooManyValues, "the called workflows come to more than \(Self.maximumNodes) nodes", at: shifted(node.position), node: node.name)
                }
                return
            }
            if let call = node.call {
                expand(call, node, of: inner, scope: scope, place: shifted)
                continue
            }
            var copy = node
            copy.name = scope + node.name
            copy.scope = scope
            copy.position = shifted(node.position)
            copy.typePosition = shifted(node.typePosition)
            for index in copy.inputs.indices {
                copy.inputs[index].namePosition = shifted(copy.inputs[index].namePosition)
                copy.inputs[index].valuePosition = shifted(copy.inputs[index].valuePosition)
            }
            document.nodes.append(copy)
        }
    }

    private mutating func expand(
        _ call: SubWorkflowCall, _ node: WorkflowDocument.Node, of outer: WorkflowDocument, scope: String,
        place: (SourcePosition?) -> SourcePosition?
    ) {
        // A file that couldn't be read has been reported.
        guard let called = outer.called[call.file] else { return }
        let innerScope = scope + node.name + "/"
        var assignments: [Assignment] = []
        for argument in node.inputs {
            guard let parameter = called.parameters.first(where: { $0.name == argument.name }) else {
                report(
                    .unknownParameter, "\(call.file) has no parameter \"\(argument.name)\"", at: place(argument.namePosition),
                    node: node.name, input: argument.name,
                    hint: NearestMatch.hint(for: argument.name, among: called.parameters.map(\.name), called: "parameters"))
                continue
            }
            assignments.append(Assignment(target: parameter.name, value: absolute(argument.value, for: parameter, scope: scope)))
        }
        var (bound, problems) = called.boundWithoutCalls(with: assignments)
        let files = document.files.count
        for index in problems.indices { problems[index].position?.file += Int32(files) }
        diagnostics += problems
        document.files += called.files
        for output in called.outputs {
            guard let target = output.value.referenceText else { continue }
            document.outputAliases["\(scope)\(node.name).\(output.name)"] = innerScope + target
            if called.outputs.count == 1 { document.outputAliases[scope + node.name] = innerScope + target }
        }
        bound.called = called.called
        add(bound, scope: innerScope, files: files)
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

    private mutating func report(
        _ code: DiagnosticCode, _ message: String, at place: SourcePosition?, node: String, input: String? = nil, hint: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(
                .error, code, message, file: document.fileName(at: place), position: place, node: node, input: input,
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
