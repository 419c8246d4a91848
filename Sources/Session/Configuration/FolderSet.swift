internal import Nodes

/// The folders that a run sees, as a value that can be written down: what another process makes its services of.
public struct FolderSet: Sendable, Hashable, Codable {
    var modelRoots: [String]
    /// Folders by kind, before and after those of the roots.
    var preferred: [String: [String]], others: [String: [String]]
    var input: String, output: String, temporary: String

    init(_ services: NodeServices) {
        modelRoots = services.models.roots
        (preferred, others) = (services.models.extra.preferred, services.models.extra.others)
        input = services.input.input.path
        (output, temporary) = (services.output.folder.path, services.temporary.folder.path)
    }

    var services: NodeServices {
        var extra = ExtraModelPaths()
        (extra.preferred, extra.others) = (preferred, others)
        return NodeServices(models: ModelFolders(roots: modelRoots, extra: extra), input: input, output: output, temporary: temporary)
    }
}
