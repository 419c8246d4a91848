public import Workflows
internal import Nodes

extension Session {
    /// Writes a workflow in another form. Model files needn't be there; names in a picture's settings are completed by those that are.
    ///
    /// - Throws: `SessionError` when there is no such file, no workflow in it, or no such folders.
    public func convert(
        _ source: WorkflowSource, to form: WorkflowForm
    ) throws(SessionError) -> WorkflowRendering<WorkflowText> {
        let services = try services(beside: source)
        let reading = try read(source, files: services)
        let catalog = configuration.nodes.catalog
        var rendering = WorkflowRendering<WorkflowText>(files: reading.files)
        guard let document = reading.document?.settled(catalog: catalog) else {
            rendering.refusal = reading.diagnostics
            return rendering
        }
        rendering.files = document.allFiles
        var losses: [Diagnostic] = []
        let text: String
        switch form {
        case .yaml: (text, losses) = YAMLDocumentWriter.write(document, catalog: catalog)
        case .api, .ui:
            let numbered = numbered(document, files: NamedFiles(services: services))
            guard let document = numbered.document else {
                rendering.refusal = numbered.refusal
                return rendering
            }
            if form == .api {
                text = APIDocumentWriter.write(document, catalog: catalog)
            } else {
                (text, losses) = UIDocumentWriter.write(document, catalog: catalog)
            }
        }
        rendering.diagnostics = reading.diagnostics + losses
        rendering.content = WorkflowText(
            form: form, text: text, called: form == .yaml && document.isCarried ? CarriedWorkflow.files(of: document) : [])
        return rendering
    }

    /// Draws a workflow as text for a drawing program. Model files needn't be there.
    ///
    /// - Throws: `SessionError` when there is no such file, no workflow in it, or no such folders.
    public func draw(_ source: WorkflowSource) throws(SessionError) -> WorkflowRendering<GraphDrawing> {
        let reading = try read(source)
        var rendering = WorkflowRendering<GraphDrawing>(
            diagnostics: reading.diagnostics, files: reading.document?.allFiles ?? reading.files)
        guard let document = reading.document else { return rendering }
        let numbered = numbered(document, files: NamedFiles(services: try services(beside: source)))
        rendering.refusal = numbered.refusal
        rendering.content = numbered.document.map { GraphDrawing($0, catalog: configuration.nodes.catalog) }
        return rendering
    }

    /// The document with links by output number. Our own form names outputs in words and leaves out defaults: it is resolved.
    private func numbered(
        _ document: WorkflowDocument, files: NamedFiles
    ) -> (document: WorkflowDocument?, refusal: [Diagnostic]) {
        guard document.form == .yaml else { return (document, []) }
        let catalog = configuration.nodes.catalog
        let resolution = Resolver(catalog: catalog, files: files).resolve(document)
        guard !resolution.diagnostics.hasErrors, let graph = resolution.graph else { return (nil, resolution.diagnostics) }
        return (DocumentReader(catalog: catalog).read(text: graph.promptText, name: document.files.first?.name ?? "").document, [])
    }

    /// The folders that a workflow's names are seen with.
    func services(beside source: WorkflowSource) throws(SessionError) -> NodeServices {
        let folder = source.path.map { configuration.environment.folder(of: $0) }
        return try configuration.folders.services(beside: folder, in: configuration.environment)
    }
}

/// The files that are there, for what a workflow walks; any other name is taken as it is.
private struct NamedFiles: FileCatalog {
    let services: NodeServices

    func contains(_ name: String, in folder: String) -> Bool { true }
    func names(in folder: String) -> [String] { services.names(in: folder) }
    func places(of folder: String) -> [String] { services.places(of: folder) }
}
