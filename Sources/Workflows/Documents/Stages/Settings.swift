internal import Problems

/// What is set from outside the file (`--set`), by what it names. Worked out once, before anything is put in or written out.
///
/// The order of everything that decides a value, from weak to strong: what the file says; a parameter's value where the file says
/// `${name}`; a setting of a node's input; a setting of the same input of one element or round (`styled[3].steps`). Of several settings
/// of one thing the last counts. Each is made where its node comes to be: nodes of the file before calls and `foreach` are written out,
/// so that it decides what they walk; inner nodes of a call when its file is put in, before its own calls; elements and rounds when they
/// are made.
struct Settings {
    /// One input of a node.
    struct Input {
        var name: String
        var value: WorkflowDocument.Value
        /// Place among the assignments.
        var number: Int
    }

    /// Values of the outermost file's parameters.
    private(set) var parameters: [(name: String, value: WorkflowDocument.Value)] = []
    /// Settings by the whole name of their node, with numbers of elements where those were given.
    private var nodes: [String: [Input]] = [:]
    /// What was asked for, in order; an assignment counts as made when its node was met.
    private let assignments: [Assignment]
    private var isMade: [Bool]
    private(set) var diagnostics: [Diagnostic] = []

    init() {
        assignments = []
        isMade = []
    }

    /// - Parameters:
    ///   - document: the outermost file, with the files that it calls.
    ///   - catalog: node types, for inputs that aren't written.
    init(_ assignments: [Assignment], of document: WorkflowDocument, catalog: NodeCatalog?) {
        self.assignments = assignments
        isMade = [Bool](repeating: false, count: assignments.count)
        guard !assignments.isEmpty else { return }
        let search = SettingSearch(document: document, catalog: catalog)
        for (number, assignment) in assignments.enumerated() {
            switch search.find(assignment.target) {
            case .parameter:
                parameters.append((assignment.target, assignment.value))
                isMade[number] = true
            case .input(let node, let input):
                nodes[node, default: []].append(Input(name: input, value: assignment.value, number: number))
            case .several(let candidates):
                isMade[number] = true
                diagnostics.append(Self.ambiguous(assignment.target, candidates, in: document))
            case .nothing: break
            }
        }
    }

    /// Whether there is none for a node.
    var isEmpty: Bool { nodes.isEmpty }

    /// Settings of exactly this node, which is there now.
    ///
    /// - Parameter name: its whole name, `winter/sampled`, `styled[3]`.
    mutating func take(_ name: String) -> [Input] {
        guard !nodes.isEmpty, let found = nodes[name] else { return [] }
        for input in found { isMade[input.number] = true }
        return found
    }

    /// Settings of a node of a file: those for every element that the file is put in for, then those for this one.
    mutating func take(_ name: String, in scope: String) -> [Input] {
        guard !nodes.isEmpty else { return [] }
        let common = ElementName.common(scope)
        return (common == scope ? [] : take(common + name)) + take(scope + name)
    }

    /// An error for each assignment that named nothing.
    ///
    /// - Parameter workflow: what everything came to, for the nearest name.
    func unknown(in workflow: ExpandedWorkflow, of document: WorkflowDocument) -> [Diagnostic] {
        zip(assignments, isMade).filter { !$0.1 }.map { assignment, _ in
            let target = assignment.target
            var candidates = document.parameters.map(\.name)
            // A name without a node may mean the only input that is called so.
            let isBare = !target.contains(".")
            for node in workflow.nodes { candidates += node.inputs.map { isBare ? $0.name : "\(node.name).\($0.name)" } }
            var hint = NearestMatch.of(target, among: candidates).map { "did you mean \"\($0)\"?" }
            if hint == nil, !document.parameters.isEmpty, document.parameters.count <= 12 {
                hint = "parameters: \(document.parameters.map(\.name).joined(separator: ", "))"
            }
            return Diagnostic(
                .error, .unknownOverride, "nothing in the workflow is called \"\(target)\"", file: document.files.first?.name,
                hint: hint ?? DiagnosticCode.unknownOverride.hint)
        }
    }

    private static func ambiguous(_ target: String, _ candidates: [String], in document: WorkflowDocument) -> Diagnostic {
        let shown = candidates.prefix(8).joined(separator: ", ") + (candidates.count > 8 ? ", …" : "")
        return Diagnostic(
            .error, .unknownOverride, "\(candidates.count) inputs are called \"\(target)\"", file: document.files.first?.name,
            hint: "write one of \(shown)")
    }
}
