public import Formats

/// A workflow with everything in its place: what was set, parameters, the nodes of called workflows, every element of a repeated node
/// and every round of a loop. One flat list of nodes, still unchecked against what they may be given.
///
/// The second of three stages: `WorkflowDocument` (what a file says, and what is worth keeping) → `ExpandedWorkflow` (what one run of it
/// consists of) → `ResolvedGraph` (what can be computed).
public struct ExpandedWorkflow: Sendable, Equatable {
    public var form: WorkflowDocument.Form
    /// The texts of all files that went into it; positions name them by index.
    public var files: [SourceFile]
    public var title: String?
    /// In file order, called workflows and elements in the place of what they came from.
    public var nodes: [Node] = []
    /// What it gives under a name.
    public var outputs: [WorkflowDocument.Output]
    /// What a reference to a call's or a repeated node's result really names.
    var outputAliases: [String: String] = [:]
    /// Folders and files that decided what nodes are repeated over: a change there changes the workflow.
    public var walkedPaths: [String] = []

    /// One node of a known place.
    public struct Node: Sendable, Equatable {
        /// Whole name: `winter/sampled`, `styled[3]`.
        public var name: String
        public var position: SourcePosition?
        /// As written: canonical or an alias. Empty when missing.
        public var type: String
        public var typePosition: SourcePosition?
        /// What the author called it.
        public var title: String?
        public var inputs: [WorkflowDocument.Input]
        /// The node pack that the file says it comes from.
        public var pack: String?
        /// Something about it was reported already: it can't run, and nothing that needs it.
        var isBroken = false
        /// Prefix of the names that its references are relative to: `winter/` inside the call `winter`.
        var scope = ""

        /// The input of this name.
        public func input(_ name: String) -> WorkflowDocument.Input? { inputs.first { $0.name == name } }
    }

    /// Nothing yet of a document.
    init(of document: WorkflowDocument) {
        form = document.form
        files = document.files
        title = document.title
        outputs = document.outputs
    }

    /// Name of the file a position is in.
    public func fileName(at position: SourcePosition?) -> String? {
        guard let position, files.indices.contains(Int(position.file)) else { return files.first?.name }
        return files[Int(position.file)].name
    }
}

extension ExpandedWorkflow.Node {
    /// A node as a file has it.
    init(_ node: WorkflowDocument.Node) {
        name = node.name
        position = node.position
        type = node.type
        typePosition = node.typePosition
        title = node.title
        inputs = node.inputs
        pack = node.pack
    }
}

extension WorkflowDocument {
    /// Everything put in and written out: what was set, every `${parameter}`, called workflows, `foreach` and loops.
    ///
    /// A text that is nothing but `${name}` takes the parameter's value with its type; inside a longer text the value
    /// is written out. `$${` stands for `${`. Only our own form has parameters: prompts saved elsewhere stay as they are.
    ///
    /// - Parameters:
    ///   - assignments: what is set from outside.
    ///   - catalog: node types, for what repeated nodes give.
    ///   - files: what names and patterns in `foreach` may mean.
    /// - Returns: the workflow, and everything that is wrong: an error for each unknown target or parameter.
    public func expanded(
        with assignments: [Assignment] = [], catalog: NodeCatalog? = nil, files: any FileCatalog = AnyFileCatalog()
    ) -> (workflow: ExpandedWorkflow, diagnostics: [Diagnostic]) {
        let settings = Settings(self.settings + assignments, of: self, catalog: catalog)
        var expansion = SubWorkflowExpansion(self, settings: settings, catalog: catalog, files: files)
        expansion.expand()
        let unrolling = LoopUnrolling(expansion.workflow, settings: expansion.settings, catalog: catalog)
        let workflow = unrolling.workflow
        return (
            workflow,
            expansion.settings.diagnostics + expansion.diagnostics + unrolling.diagnostics
                + unrolling.settings.unknown(in: workflow, of: self)
        )
    }
}

extension WorkflowDocument {
    /// The document with what came set with it in its text's place: parameters' values and inputs of the file's own nodes. What was set
    /// of nodes that only come to be when it is written out stays beside it.
    ///
    /// - Parameter catalog: node types, for inputs that aren't written.
    public func settled(catalog: NodeCatalog? = nil) -> WorkflowDocument {
        guard !settings.isEmpty else { return self }
        var document = self
        document.settings = []
        let search = SettingSearch(document: self, catalog: catalog)
        for assignment in settings {
            switch search.find(assignment.target) {
            case .parameter:
                guard let index = parameters.firstIndex(where: { $0.name == assignment.target }) else { continue }
                document.parameters[index].value = assignment.value
            case .input(let node, let input):
                guard let index = nodes.firstIndex(where: { $0.name == node }) else {
                    document.settings.append(assignment)
                    continue
                }
                document.nodes[index].set(.init(name: input, value: assignment.value, number: 0))
            case .several, .nothing: document.settings.append(assignment)
            }
        }
        return document
    }
}
