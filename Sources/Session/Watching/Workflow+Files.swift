internal import Foundation
internal import Nodes
internal import WorkflowEngine
internal import Workflows

extension Session {
    /// What decides about a workflow's result beside its settings: its own file, those it calls, those that its nodes read, and folders
    /// that it walks. Where something is missing, the folders in which it could turn up as well.
    public func files(of workflow: Workflow) -> Set<String> {
        let place = workflow.identity ?? configuration.environment.workingFolder
        var paths: Set<String> = workflow.identity.map { [$0] } ?? []
        let folder = URL(fileURLWithPath: place).deletingLastPathComponent()
        for file in workflow.files {
            paths.insert(configuration.environment.absolute(file.name))
            paths.insert(URL(fileURLWithPath: file.name, relativeTo: folder).standardizedFileURL.path)
        }
        paths.formUnion(workflow.walkedPaths)
        let nodes = StandardNodes(services: workflow.services)
        for node in workflow.graph?.nodes ?? [] {
            for file in (try? nodes.namedFiles(of: node)) ?? [] {
                paths.insert(file.path)
                // A text may name another file tomorrow, and a folder have another one in it.
                if file.input == nil { paths.insert(URL(fileURLWithPath: file.path).deletingLastPathComponent().path) }
            }
        }
        guard workflow.lacksOnlyFiles else { return paths }
        for node in workflow.document?.nodes ?? [] {
            for input in configuration.nodes.catalog.spec(node.type)?.inputs ?? [] {
                if case .file(let file) = input.kind { paths.formUnion(workflow.services.places(of: file.folder)) }
            }
        }
        return paths
    }
}

extension Workflow {
    /// Whether all that is wrong with it are files that aren't there.
    public var lacksOnlyFiles: Bool {
        let errors = diagnostics.filter { $0.severity == .error }
        return !errors.isEmpty && errors.allSatisfy { $0.code == .missingFile }
    }
}
