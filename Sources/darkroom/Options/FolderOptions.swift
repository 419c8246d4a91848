import ArgumentParser
import Foundation
import Nodes
import WorkflowEngine

/// Where models, input pictures and results lie.
struct FolderOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "A folder of models in ComfyUI's layout (checkpoints/, loras/, vae/ …); may be given several times. "
                + "Model files that lie directly in it are found too.",
            discussion: "Without it: DARKROOM_MODELS (folders separated by colons), ./models, and models/ beside the workflow.",
            valueName: "dir"))
    var models: [String] = []

    @Option(name: .long, help: ArgumentHelp("Where pictures to load lie (./input, or input/ beside the workflow).", valueName: "dir"))
    var inputDir: String?

    @Option(name: .long, help: ArgumentHelp("Where results are written (./output).", valueName: "dir"))
    var outputDir: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A file in the form of ComfyUI's extra_model_paths.yaml that names more folders of models; may be given several times "
                + "(./extra_model_paths.yaml, if there is one).", valueName: "file"))
    var extraModelPaths: [String] = []

    /// The folders for a workflow in `file`.
    ///
    /// - Parameter file: the workflow's path; nil where there is none.
    /// - Throws: `Failure` when a file of extra paths isn't there or can't be understood.
    func services(besides file: String?) throws -> NodeServices {
        let beside = file.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path }
        let temporary = URL(fileURLWithPath: outputFolder).appending(path: "temp").path
        return NodeServices(
            models: ModelFolders(roots: modelRoots(beside: beside), extra: try extraPaths()), input: inputFolder(beside: beside),
            output: Self.absolute(outputFolder), temporary: temporary)
    }

    private func extraPaths() throws -> ExtraModelPaths {
        let usual = "extra_model_paths.yaml"
        let files = extraModelPaths.isEmpty && FileManager.default.fileExists(atPath: usual) ? [usual] : extraModelPaths
        var paths = ExtraModelPaths()
        for file in files {
            do { try paths.add(contentsOf: Self.absolute(file)) } catch { throw Failure(error) }
        }
        if paths.diagnostics.hasErrors {
            throw Failure(.wrongInput, paths.diagnostics.map { $0.rendered(quoting: []) }.joined(separator: "\n"))
        }
        return paths
    }

    private var outputFolder: String { outputDir ?? "output" }

    private func modelRoots(beside folder: String?) -> [String] {
        let environment = (ProcessInfo.processInfo.environment["DARKROOM_MODELS"] ?? "").split(separator: ":").map(String.init)
        let given = models + environment
        let usual = ["models"] + (folder.map { [$0 + "/models"] } ?? [])
        var roots: [String] = []
        for root in given + usual.filter(Self.isFolder) {
            let root = Self.absolute(root)
            if !roots.contains(root) { roots.append(root) }
        }
        return roots.isEmpty ? [Self.absolute("models")] : roots
    }

    private func inputFolder(beside folder: String?) -> String {
        if let inputDir { return Self.absolute(inputDir) }
        if !Self.isFolder("input"), let folder, Self.isFolder(folder + "/input") { return Self.absolute(folder + "/input") }
        return Self.absolute("input")
    }

    private static func absolute(_ path: String) -> String {
        URL(fileURLWithPath: (path as NSString).expandingTildeInPath).standardizedFileURL.path
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
