import Foundation
import Nodes
import WorkflowEngine

/// Where a workflow is read from.
struct WorkflowSource {
    /// A path, or `-` for standard input.
    let path: String

    /// - Throws: `Failure` if there is no such file.
    func read() throws -> DocumentReader.Result {
        let reader = DocumentReader(catalog: .standard)
        if path == "-" { return reader.read(path: "/dev/stdin", name: "standard input") }
        guard FileManager.default.fileExists(atPath: path) else {
            throw Failure(.missingFile, "error: there is no file \(path)")
        }
        return reader.read(path: path)
    }
}
