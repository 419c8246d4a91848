import Foundation
import Nodes
import Pictures
import WorkflowEngine

/// Where a workflow is read from.
struct WorkflowSource {
    /// A path, or `-` for standard input.
    let path: String

    /// Reads the workflow, or the one that a picture carries.
    ///
    /// - Throws: `Failure` if there is no such file, or if a picture carries none.
    func read() throws -> DocumentReader.Result {
        let reader = DocumentReader(catalog: .standard)
        if path == "-" { return reader.read(path: "/dev/stdin", name: "standard input") }
        guard FileManager.default.fileExists(atPath: path) else {
            throw Failure(.missingFile, "error: there is no file \(path)")
        }
        guard isPicture else { return reader.read(path: path) }
        let metadata: PictureMetadata
        do {
            metadata = try PictureMetadata.read(path)
        } catch {
            throw Failure(.wrongInput, "error: \(error)")
        }
        // What ran is in `prompt`; `workflow` is what the window showed, and needs conversion.
        guard let text = metadata.prompt ?? metadata.workflow else {
            throw Failure(
                .wrongInput, "error: the picture \(path) carries no workflow\n    hint: pictures saved by ComfyUI or Darkroom do, "
                    + "unless something has stripped them of it")
        }
        return reader.read(text: text, name: path)
    }

    private var isPicture: Bool {
        guard let file = FileHandle(forReadingAtPath: path), let start = try? file.read(upToCount: 12) else { return false }
        return Picture.Format(signature: start) != nil
    }
}
