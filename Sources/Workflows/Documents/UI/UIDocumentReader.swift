internal import Formats

/// Reads a workflow that ComfyUI's window saved into a document.
struct UIDocumentReader {
    private(set) var diagnostics: [Diagnostic] = []
    private let file: SourceFile
    private let catalog: NodeCatalog
    private let options: UIConversionOptions

    init(file: SourceFile, catalog: NodeCatalog, options: UIConversionOptions) {
        self.file = file
        self.catalog = catalog
        self.options = options
    }

    mutating func read(_ tree: SourceTree) -> WorkflowDocument? {
        var document = WorkflowDocument(form: .ui, files: [file])
        document.uiText = file.text
        do throws(UIConversionError) {
            let converter = try UIConverter(tree, catalog: catalog, options: options)
            document.nodes = converter.prompt().map(node)
            for note in converter.notes {
                diagnostics.append(
                    Diagnostic(
                        .warning, note.code, note.message, file: file.name, position: note.position, hint: note.code.hint))
            }
            return document
        } catch {
            switch error {
            case .recursiveDefinition(let name, let position): report("the subgraph \"\(name)\" contains itself", at: position)
            case .tooManyInstances:
                report("subgraphs are nested more than 64 deep, or come to more than 100,000 instances", at: tree.position)
            }
        }
        return nil
    }

    private func node(_ prompt: UIPromptNode) -> WorkflowDocument.Node {
        var node = WorkflowDocument.Node(
            name: prompt.id, position: prompt.position, type: prompt.type, typePosition: prompt.position, title: prompt.title,
            inputs: prompt.inputs.map { input in
                var made = self.input(input, of: prompt)
                made.control = input.control
                return made
            })
        node.pack = prompt.pack
        return node
    }

    private func input(_ input: UIPromptNode.Input, of prompt: UIPromptNode) -> WorkflowDocument.Input {
        switch input.value {
        case .link(let node, let slot):
            .init(name: input.name, namePosition: prompt.position, value: .link(.slot(node: node, slot)), valuePosition: prompt.position)
        case .literal(let tree):
            .init(
                name: input.name, namePosition: prompt.position, value: WorkflowDocument.Value(tree),
                valuePosition: tree.position.line > 0 ? tree.position : prompt.position)
        }
    }

    private mutating func report(_ message: String, at place: SourcePosition) {
        diagnostics.append(
            Diagnostic(
                .error, .recursiveSubgraph, message, file: file.name, position: place, hint: DiagnosticCode.recursiveSubgraph.hint))
    }
}
