internal import Files

/// A folder that names from a workflow can't lead out of.
///
/// A workflow is somebody else's file: absolute paths, `..` and links that point elsewhere are refused, whether the
/// file is read or written.
public struct ConfinedFolder: Sendable, Hashable {
    /// The folder's path, as it was given.
    public let path: String
    /// What the folder is called in messages: "input folder", "output folder".
    public let label: String

    public init(path: String, label: String) {
        self.path = path
        self.label = label
    }

    /// The path of `name` below this folder; nothing needs to exist there.
    ///
    /// - Parameter name: a relative path with `/` between its parts.
    /// - Throws: `NodeError.Code.outsideFolder` if the name is empty, absolute, holds `..` or a zero byte, or passes a
    ///   link that leads out.
    public func resolve(_ name: String) throws(NodeError) -> String {
        do throws(ConfinedPath.Refusal) { return try ConfinedPath.resolve(name, in: path) } catch { throw outside(name, error.text) }
    }

    private func outside(_ name: String, _ problem: String) -> NodeError {
        NodeError(
            .outsideFolder, "\"\(name.prefix(80))\" \(problem); names stay inside the \(label)",
            hint: "use a name relative to \(path)")
    }
}
