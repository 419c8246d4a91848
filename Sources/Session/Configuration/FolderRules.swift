internal import Problems
internal import Foundation
public import Nodes
internal import WorkflowEngine
internal import Workflows

/// Where models, input pictures and results lie, as far as somebody says so; the rest is looked for in the usual places.
public struct FolderRules: Sendable {
    /// Folders of models in ComfyUI's layout, before those of `DARKROOM_MODELS`, `models` and `models` beside the workflow.
    public var models: [String] = []
    /// Where pictures to load lie; `nil`: `input`, or `input` beside the workflow.
    public var input: String?
    /// Where results are written; `nil`: `output`.
    public var output: String?
    /// Files in the form of ComfyUI's `extra_model_paths.yaml`; empty: the one of that name in the working folder, if there is one.
    public var extraModelPaths: [String] = []

    public init() {}

    /// The folders for a workflow.
    ///
    /// - Parameter folder: where the workflow's file lies; `nil` where there is none.
    /// - Throws: `SessionError` when a file of extra paths isn't there or can't be understood.
    public func services(beside folder: String?, in environment: SessionEnvironment) throws(SessionError) -> NodeServices {
        let output = environment.absolute(output ?? "output")
        return NodeServices(
            models: ModelFolders(roots: modelRoots(beside: folder, environment), extra: try extraPaths(environment)),
            input: inputFolder(beside: folder, environment), output: output, temporary: output + "/temp")
    }

    private func extraPaths(_ environment: SessionEnvironment) throws(SessionError) -> ExtraModelPaths {
        let usual = environment.absolute("extra_model_paths.yaml")
        let files = extraModelPaths.isEmpty && FileManager.default.fileExists(atPath: usual) ? [usual] : extraModelPaths
        var paths = ExtraModelPaths()
        for file in files {
            do {
                try paths.add(contentsOf: environment.absolute(file))
            } catch {
                throw SessionError(error, code: error.code == .missingFile ? .missingFile : .unreadableFile)
            }
        }
        if paths.diagnostics.hasErrors { throw SessionError(paths.diagnostics) }
        return paths
    }

    private func modelRoots(beside folder: String?, _ environment: SessionEnvironment) -> [String] {
        let named = (environment.variables["DARKROOM_MODELS"] ?? "").split(separator: ":").map(String.init)
        let usual = ["models"] + (folder.map { [$0 + "/models"] } ?? [])
        var roots: [String] = []
        for root in (models + named).map(environment.absolute) + usual.map(environment.absolute).filter(Self.isFolder)
        where !roots.contains(root) {
            roots.append(root)
        }
        return roots.isEmpty ? [environment.absolute("models")] : roots
    }

    private func inputFolder(beside folder: String?, _ environment: SessionEnvironment) -> String {
        if let input { return environment.absolute(input) }
        let usual = environment.absolute("input")
        if !Self.isFolder(usual), let folder, Self.isFolder(folder + "/input") { return environment.absolute(folder + "/input") }
        return usual
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
