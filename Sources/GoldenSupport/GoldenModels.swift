internal import Checkpoints
internal import Descriptions
import Files
internal import Foundation

/// The models folder of a reference set: what its recipes make, and the files that it brings.
enum GoldenModels {
    /// Made only when somebody asks for speed: two gigabytes.
    private static let large: Set<String> = ["sd1-full"]

    /// The trained small models that come with the project.
    static let embedded = RecipeModels.projectFolder.appending(path: "Workflows/models")

    /// Fills `folder` with everything that isn't there yet.
    static func prepare(_ set: GoldenSet, in folder: URL) throws {
        let names = try RecipeModels.names(in: set.folder.appending(path: "recipes"))
        for name in names where !large.contains(name) {
            let recipe = try Recipe(contentsOf: set.folder.appending(path: "recipes/\(name).json"))
            try RecipeModels.make(recipe, in: folder)
        }
        let brought = set.folder.appending(path: "models")
        for path in FileManager.default.subpaths(atPath: brought.path) ?? [] {
            let source = brought.appending(path: path)
            let target = folder.appending(path: path)
            guard (try? source.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == false,
                !FileManager.default.fileExists(atPath: target.path)
            else { continue }
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
            // Groups are compared side by side, so another test may be at the same file: it appears whole or not at all.
            let file = try AtomicFile(path: target.path)
            try file.write([UInt8](Data(contentsOf: source)))
            try file.commit()
        }
    }
}
