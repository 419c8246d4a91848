import ArgumentParser
import Checkpoints
import Foundation
import Nodes
import Tensors

struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "Lists the models that workflows can name, or says what a file is.",
        discussion: "Only names and shapes are read, no weights.")

    @Argument(help: ArgumentHelp("A model file, as a path or as a workflow names it.", valueName: "file"))
    var file: String?

    @OptionGroup(title: "Folders") var folders: FolderOptions

    func run() throws {
        let models = try folders.services(besides: nil).models
        guard let file else { return Terminal.output.write(Self.list(models)) }
        guard let path = try Self.path(of: file, models) else {
            let looked = models.roots.joined(separator: ", ")
            throw Failure(
                .missingFile, "error: there is no model \"\(file)\"\n    hint: looked in \(looked); --models names another folder")
        }
        Terminal.output.write(try ModelSummary(path: path).text)
    }

    private static func path(of name: String, _ models: ModelFolders) throws -> String? {
        if FileManager.default.fileExists(atPath: name) { return name }
        for kind in ModelFolders.kinds {
            if let path = try models.path(of: name, kind: kind) { return path }
        }
        return nil
    }

    /// Every kind with its files; checkpoints and U-Nets with their family.
    private static func list(_ models: ModelFolders) -> String {
        var text = "folders: \(models.roots.joined(separator: ", "))\n"
        for kind in ModelFolders.kinds {
            // Files that lie in a root count for every kind; once is enough to show them.
            let names = models.names(of: kind).filter { name in
                kind == "checkpoints" || !models.roots.contains { FileManager.default.fileExists(atPath: $0 + "/" + name) }
            }
            guard !names.isEmpty else { continue }
            text += "\n\(kind)\n"
            let width = names.map(\.count).max() ?? 0
            for name in names {
                let path = (try? models.path(of: name, kind: kind)) ?? nil
                let remark = path.map { ModelSummary.remark(path: $0, kind: kind) } ?? ""
                text += "  \(name)\(remark.isEmpty ? "" : String(repeating: " ", count: width - name.count + 2) + remark)\n"
            }
        }
        return text.contains("\n\n") ? text : text + "\nno models in them\n"
    }
}

/// What a model file is.
struct ModelSummary {
    let text: String

    /// - Throws: `CheckpointError` if the file can't be read.
    init(path: String) throws {
        let source = try CheckpointFile.openModel(path)
        var lines = [
            path, "  \(source.directory.count) tensors, \(Self.bytes(source.directory)) of weights (\(Self.types(source.directory)))",
        ]
        if let checkpoint = try? Checkpoint(source) {
            lines.append("  family \(checkpoint.family.title)")
            lines.append(
                "  U-Net: \(checkpoint.structure.inputChannels) channels in, context \(checkpoint.structure.contextWidth.map(String.init) ?? "none")"
            )
            let text = checkpoint.textEncoders.map(\.kind.rawValue).joined(separator: ", ")
            lines.append("  text encoder: \(text.isEmpty ? "none" : text)")
            lines.append("  VAE: \(checkpoint.vae == nil ? "none" : "yes")")
        } else {
            // Not a checkpoint; the message that says what else it is fits here.
            do { _ = try Checkpoint(source) } catch let error as CheckpointError { lines.append("  \(error.hint ?? error.reason)") }
        }
        text = lines.joined(separator: "\n") + "\n"
    }

    /// The family of a checkpoint, or what is wrong with it; of other kinds, what is wrong with the file if anything is.
    static func remark(path: String, kind: String) -> String {
        guard kind != "configs" else { return "" }
        do {
            let source = try CheckpointFile.openModel(path)
            return kind == "checkpoints" || kind == "diffusion_models" ? try Checkpoint(source).family.title : ""
        } catch let error as CheckpointError {
            // Of a good file without a checkpoint in it, the hint says what it is.
            return error.code == .unknownFamily ? error.hint ?? error.reason : error.reason
        } catch {
            return "\(error)"
        }
    }

    private static func bytes(_ directory: [String: TensorInfo]) -> String {
        let total = directory.values.reduce(0.0) { $0 + Double($1.shape.reduce(1, *) * $1.dtype.size) }
        return total < 1e9 ? String(format: "%.1f MB", total / 1e6) : String(format: "%.2f GB", total / 1e9)
    }

    private static func types(_ directory: [String: TensorInfo]) -> String {
        var counts: [String: Int] = [:]
        for info in directory.values { counts[info.dtype.rawValue, default: 0] += 1 }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key).joined(separator: ", ")
    }
}
