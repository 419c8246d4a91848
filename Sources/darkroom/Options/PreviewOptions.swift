import ArgumentParser
import Foundation
import Session

/// Pictures of what a sampler is at, while it works.
struct PreviewOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Show what the sampler is at: auto, kitty, iterm2, sixel or blocks draw in the terminal; a name ending in .png is a file "
                + "that is written anew at every step.", valueName: "how"))
    var preview: String?

    @Option(help: ArgumentHelp("Keep a picture of every sampling step in this folder.", valueName: "dir"))
    var stepsOut: String?

    func validate() throws {
        guard let preview, drawing == nil, file == nil else { return }
        let known = ["auto"] + TerminalPicture.Form.allCases.map(\.rawValue)
        throw ValidationError("--preview takes \(known.joined(separator: ", ")) or a file name ending in .png, not \(preview)")
    }

    /// Which pictures samplers should make.
    var wish: PreviewWish { stepsOut != nil ? .all : preview != nil ? .newest : .none }

    /// How to draw in the terminal; `nil`: not at all.
    var drawing: TerminalPicture.Form? {
        guard let preview else { return nil }
        return preview == "auto" ? .ofThisTerminal : TerminalPicture.Form(rawValue: preview)
    }

    /// A file for the latest picture.
    var file: String? { preview.flatMap { $0.lowercased().hasSuffix(".png") ? $0 : nil } }
}
