internal import Files

/// A file that lies beside a workflow or in a folder below: the only ones that a workflow may have read.
enum NearbyFile {
    /// The real path of a file.
    ///
    /// - Parameter folder: where the workflow lies.
    static func path(of name: String, beside folder: String) throws(ConfinedPath.Refusal) -> String {
        try ConfinedPath.realPath(of: name, in: folder)
    }
}
