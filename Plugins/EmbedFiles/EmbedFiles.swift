import Foundation
import PackagePlugin

/// Turns files of the package into Swift string constants, so that the program needs no folder beside it.
///
/// `Nodes` gets every `NodeSpecs/**/*.yaml` as `EmbeddedNodeSpecs`, `Prompts` gets CLIP's merges as `EmbeddedVocabulary`.
@main
struct EmbedFiles: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let package = context.package.directoryURL
        let (type, folder, suffix): (String, URL, String)
        switch target.name {
        case "Nodes":
            (type, folder, suffix) = ("EmbeddedNodeSpecs", package.appending(path: "NodeSpecs"), "yaml")
        case "Prompts":
            (type, folder, suffix) = (
                "EmbeddedVocabulary", package.appending(path: "Sources/Prompts/Vocabulary"), "txt"
            )
        default: return []
        }
        let files =
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?
            .compactMap { $0 as? URL }
            .filter { $0.pathExtension == suffix }
            .sorted { $0.path < $1.path } ?? []
        let output = context.pluginWorkDirectoryURL.appending(path: "\(type).swift")
        return [
            .buildCommand(
                displayName: "Embedding \(files.count) files as \(type)",
                executable: try context.tool(named: "embed-files").url,
                arguments: [type, output.path] + files.map(\.path),
                inputFiles: files,
                outputFiles: [output])
        ]
    }
}
