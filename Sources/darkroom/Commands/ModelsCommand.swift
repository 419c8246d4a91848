import ArgumentParser
import Foundation
import Session

struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "Lists the models that workflows can name, or says what a file is.",
        discussion: "Only names and shapes are read, no weights.")

    @Argument(help: ArgumentHelp("A model file, as a path or as a workflow names it.", valueName: "file"))
    var file: String?

    @OptionGroup(title: "Folders") var folders: FolderOptions

    func run() throws {
        let session = folders.session
        if let file {
            Terminal.output.write(Self.text(try session.summary(ofModel: file)))
        } else {
            Terminal.output.write(Self.text(try session.modelLists(), in: try session.modelFolders()))
        }
    }

    /// Every kind with its files and what is known of them.
    private static func text(_ lists: [ModelList], in folders: [String]) -> String {
        var text = "folders: \(folders.joined(separator: ", "))\n"
        for list in lists {
            text += "\n\(list.kind)\n"
            let width = list.models.map(\.name.count).max() ?? 0
            for model in list.models {
                let padding = String(repeating: " ", count: width - model.name.count + 2)
                text += "  \(model.name)\(model.remark.isEmpty ? "" : padding + model.remark)\n"
            }
        }
        return lists.isEmpty ? text + "\nno models in them\n" : text
    }

    private static func text(_ model: ModelSummary) -> String {
        let size =
            model.byteCount < 1e9 ? String(format: "%.1f MB", model.byteCount / 1e6) : String(format: "%.2f GB", model.byteCount / 1e9)
        var lines = [
            model.path, "  \(model.tensorCount) tensors, \(size) of weights (\(model.types.joined(separator: ", ")))",
        ]
        if let parts = model.parts {
            let text = parts.textEncoders.joined(separator: ", ")
            lines += [
                "  family \(parts.family)",
                "  U-Net: \(parts.inputChannels) channels in, context \(parts.contextWidth.map(String.init) ?? "none")",
                "  text encoder: \(text.isEmpty ? "none" : text)",
                "  VAE: \(parts.hasVAE ? "yes" : "none")",
            ]
        }
        if let remark = model.remark { lines.append("  \(remark)") }
        return lines.joined(separator: "\n") + "\n"
    }
}
