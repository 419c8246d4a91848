internal import Problems
internal import Checkpoints
internal import Digests
internal import Foundation
internal import WorkflowEngine

/// Finds files of weights by what they hold.
protocol FileFinder: Sendable {
    /// The file's tensors.
    ///
    /// - Throws: `UnavailableContent` when no file here has that content.
    func open(_ file: FileReference) throws -> any TensorSource
}

extension NodeServices: FileFinder {
    func open(_ file: FileReference) throws -> any TensorSource {
        let isFolder = file.byteCount == 0
        let base = file.path.split(separator: "/").last.map(String.init) ?? ""
        /// Only a file of the same size is worth its digest.
        func holds(_ path: String) -> Bool {
            let attributes = try? FileManager.default.attributesOfItem(atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
            let type = attributes?[.type] as? FileAttributeType
            guard type == (isFolder ? .typeDirectory : .typeRegular) else { return false }
            if !isFolder, attributes?[.size] as? Int != file.byteCount { return false }
            return (try? digest(ofFile: path))?.description == file.content
        }
        func candidates() -> [String] {
            var paths: [String] = []
            for kind in isFolder ? ["diffusers"] : ModelFolders.kinds {
                for name in models.names(of: kind) {
                    if let path = try? models.path(of: name, kind: kind) { paths.append(path) }
                }
            }
            return paths
        }
        if holds(file.path) { return try CheckpointFile.openModel(file.path) }
        // Those of the same name first: a moved folder of models is found without reading any other file.
        let all = candidates()
        let named = all.filter { $0.hasSuffix("/" + base) }
        if let path = (named + all.filter { !$0.hasSuffix("/" + base) }).first(where: holds) {
            return try CheckpointFile.openModel(path)
        }
        throw UnavailableContent("no model file here has the content \(file.content.prefix(16))… (it was \(base))")
    }
}
