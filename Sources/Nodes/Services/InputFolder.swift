internal import Files

/// The folders that pictures and latents are read from.
public struct InputFolder: Sendable {
    public let input: ConfinedFolder
    public let output: ConfinedFolder
    public let temporary: ConfinedFolder

    public init(input: String, output: String, temporary: String) {
        self.input = ConfinedFolder(path: input, label: "input folder")
        self.output = ConfinedFolder(path: output, label: "output folder")
        self.temporary = ConfinedFolder(path: temporary, label: "temporary folder")
    }

    /// The path of the file that a workflow names.
    ///
    /// - Parameter name: relative to the input folder; a final ` [output]` or ` [temp]` chooses another folder.
    /// - Throws: `NodeError` if the name leads out of its folder, or nothing is there.
    public func path(of name: String) throws(NodeError) -> String {
        let (folder, bare) = place(of: name)
        let path = try folder.resolve(bare)
        guard FileIdentity(path: path) != nil else {
            throw NodeError(
                .missingFile, "\"\(bare)\" isn't in the \(folder.label) \(folder.path)",
                hint: "copy it there, or name another folder with --input-dir")
        }
        return path
    }

    /// Files of the input folder and below, sorted, as a workflow names them.
    public func names() -> [String] {
        struct Enough: Error {}
        var names: [String] = []
        try? Folder.walk(input.path, followingLinks: false) { name, kind in
            if names.count == 10_000 { throw Enough() }
            if kind == .regular { names.append(name) }
            return true
        }
        return names.sorted()
    }

    /// Suffixes as ComfyUI's browser writes them for pictures that weren't uploaded.
    func place(of name: String) -> (folder: ConfinedFolder, bare: String) {
        for (suffix, folder) in [(" [input]", input), (" [output]", output), (" [temp]", temporary)]
        where name.hasSuffix(suffix) {
            return (folder, String(name.dropLast(suffix.count)))
        }
        return (input, name)
    }
}
