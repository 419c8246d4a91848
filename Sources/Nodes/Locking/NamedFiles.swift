public import Digests
internal import Foundation
internal import WorkflowEngine
public import Workflows

/// A file that a workflow names, in an input or inside a text.
public struct NamedFile: Sendable {
    /// The input that names it; `nil` for one that is named inside a text, or that lies in a named folder.
    public var input: String?
    public var path: String
    public var digest: Digest
}

extension StandardNodes {
    /// The files that a node reads, as far as its own numbers and texts tell; those named by what other nodes compute are not
    /// known before a run.
    ///
    /// - Throws: whatever reading a file throws.
    public func namedFiles(of node: ResolvedGraph.Node) throws -> [NamedFile] {
        guard let implementation = implementation(of: node.spec.type), implementation.readsExternalContent else { return [] }
        var inputs = NodeInputs()
        for input in node.inputs {
            if case .literal(let value) = input.binding { inputs.set(input.name, to: [value.value]) }
        }
        let context = RunContext(node: node.name, title: node.title, type: node.spec.type)
        return try implementation.externalContents(inputs, in: context).compactMap { content in
            guard case .file(let input, let path, let digest) = content else { return nil }
            return NamedFile(input: input, path: path, digest: digest)
        }
    }
}
