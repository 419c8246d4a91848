internal import Files
internal import Formats

/// Opens model files of any format.
public enum CheckpointFile {
    /// Opens a file of named tensors, or a folder in diffusers' layout.
    ///
    /// - Throws: `CheckpointError`.
    public static func openModel(_ path: String) throws -> any TensorSource {
        FolderSource.recognises(path) ? try FolderSource(path: path) : try open(path)
    }

    /// Opens a file of named tensors; the content decides how it is read, not the ending.
    ///
    /// - Throws: `CheckpointError` that says where the file goes wrong.
    public static func open(_ path: String) throws(CheckpointError) -> any TensorSource {
        let file = try MappedFile(path: path)
        if TorchFile.recognises(file.bytes) { return try TorchFile(file) }
        if GGUFFile.recognises(file.bytes) { return try GGUFFile(file) }
        if !SafetensorsHeader.isLikely(file.bytes) {
            if let kind = ContentKind(file.bytes) { throw CheckpointError(file: path, is: kind) }
            let lowered = path.lowercased()
            if ["ckpt", "pt", "pth", "bin", "pkl"].contains(where: { lowered.hasSuffix("." + $0) }) {
                throw CheckpointError(
                    .unknownFormat, file: path, offset: 0, reason: "it is neither a torch file nor safetensors",
                    hint: "the file may be damaged: download it again")
            }
        }
        return try SafetensorsFile(file)
    }
}
