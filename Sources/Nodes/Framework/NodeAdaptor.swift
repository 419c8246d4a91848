internal import Digests
internal import WorkflowEngine

/// A node as the engine sees it: with its services, and with the files that its inputs name.
struct NodeAdaptor: NodeImplementation {
    let node: any Node
    let services: NodeServices
    /// Inputs that name files, with the kind of folder, from the specification.
    let fileInputs: [(input: String, kind: String)]

    func run(_ inputs: NodeInputs, in context: RunContext) throws -> NodeOutputs {
        let outputs = try node.run(inputs, in: NodeContext(services: services, run: context))
        NumberCheck.look(at: outputs, madeOf: inputs, in: context)
        return outputs
    }

    var readsExternalContent: Bool { !fileInputs.isEmpty || node.readsExternalContent }

    func externalContents(_ inputs: NodeInputs, in context: RunContext) throws -> [ExternalContent] {
        let files: [ExternalContent] = try fileInputs.compactMap { input, kind in
            guard let name = inputs[input] as? String else { return nil }
            // A fixed choice beside the files ("pixel_space") is no file, and a missing file is found when it is read.
            guard let path = try? services.path(of: name, kind: kind) else { return nil }
            return .file(input: input, path: path, digest: try services.digest(ofFile: path))
        }
        return try files + node.externalContents(inputs, in: services)
    }

    func neededInputs(_ inputs: NodeInputs, lazy: [String]) throws -> [String] {
        try node.neededInputs(inputs, lazy: lazy)
    }
}
