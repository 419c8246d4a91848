public import Workflows
internal import Files
internal import Foundation

extension Session {
    /// Writes a workflow's text down, and the workflows that it calls where it calls them. Of those, what is there stays as it is.
    ///
    /// - Returns: the absolute paths of what was written, its own first.
    /// - Throws: `SessionError` when a file can't be written.
    public func write(_ text: WorkflowText, to path: String) throws(SessionError) -> [String] {
        var written = [try write(text.text, to: path)]
        let folder = configuration.environment.folder(of: path)
        for (name, text) in text.called {
            let file = folder + "/" + name
            guard FileIdentity(path: file) == nil else { continue }
            do throws(FileProblem) {
                try Folder.make(Folder.parent(of: file))
            } catch { throw SessionError(error, code: .unreadableFile) }
            written.append(try write(text, to: file))
        }
        return written
    }

    /// Writes a drawing down, as text or drawn by Graphviz.
    ///
    /// - Returns: where, absolute. Where a picture was asked for and Graphviz isn't installed, DOT is written beside it: `format` says so.
    /// - Throws: `SessionError` when a file can't be written, or Graphviz fails.
    public func write(
        _ drawing: GraphDrawing, to path: String, as format: DrawingFormat
    ) throws(SessionError) -> (path: String, format: DrawingFormat) {
        switch format {
        case .dot: return (try write(drawing.dot, to: path), .dot)
        case .mermaid: return (try write(drawing.mermaid, to: path), .mermaid)
        case .svg, .png, .pdf:
            let target = configuration.environment.absolute(path)
            guard let graphviz = Graphviz(searching: configuration.environment.variables["PATH"] ?? "/usr/bin") else {
                let beside = URL(fileURLWithPath: target).deletingPathExtension().appendingPathExtension("dot").path
                return (try write(drawing.dot, to: beside), .dot)
            }
            try graphviz.draw(drawing.dot, as: format, to: target)
            return (target, format)
        }
    }

    private func write(_ text: String, to path: String) throws(SessionError) -> String {
        do throws(FileProblem) {
            try AtomicFile.write(text, to: configuration.environment.spelled(path))
        } catch { throw SessionError(error, code: .unreadableFile) }
        return configuration.environment.absolute(path)
    }
}
