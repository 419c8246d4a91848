import Files
import Foundation
import WorkflowEngine

/// Writes previews as files: the latest one under a fixed name, or every step of every node.
struct PreviewFiles {
    /// A file that is written anew at every step.
    let latest: String?
    /// A folder that keeps all of them.
    let folder: String?

    /// - Throws: when the folder can't be made: better said before an hour of sampling than after.
    init(latest: String?, folder: String?) throws {
        (self.latest, self.folder) = (latest, folder)
        if let folder { try Folder.make(folder) }
    }

    /// - Parameter node: its name in the workflow.
    func write(_ picture: EncodedPicture, node: String, step: Int) throws {
        let name = String(node.map { $0.isLetter || $0.isNumber || $0 == "-" ? $0 : "_" })
        let paths = [latest, folder.map { "\($0)/\(name)_\(String(format: "%04d", step)).png" }]
        for path in paths.compactMap({ $0 }) { try AtomicFile.write(picture.bytes, to: path) }
    }
}
