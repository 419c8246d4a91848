/// Opens model files of any format.
public enum CheckpointFile {
    /// Endings of the files that `open` reads, lower case.
    public static let extensions = ["safetensors", "sft", "ckpt", "pt", "pt2", "pth", "bin", "pkl"]

    /// Opens a file of named tensors; the content decides how it is read.
    ///
    /// - Throws: `CheckpointError` that says where the file goes wrong.
    public static func open(_ path: String) throws(CheckpointError) -> any TensorSource {
        try SafetensorsFile(path: path)
    }
}
