internal import Digests

/// A file of weights as something that can be written down: what it holds, and where it was.
public struct FileReference: Sendable, Hashable {
    /// Digest of the content, as 64 hexadecimal digits: what counts.
    public var content: String
    /// Where it was last. A hint: the same content elsewhere is the same file.
    public var path: String
    /// Bytes, to find it by; 0 for a folder in diffusers' layout.
    public var byteCount: Int

    public init(content: String = "", path: String = "", byteCount: Int = 0) {
        self.content = content
        self.path = path
        self.byteCount = byteCount
    }
}

/// A source that is a whole file, or a folder of files.
public protocol FileBackedSource: TensorSource {
    var path: String { get }
    /// Of the file; 0 for a folder.
    var fileByteCount: Int { get }
}

extension FileBackedSource {
    /// The file as it can be written down.
    ///
    /// - Throws: when it can't be read for its digest.
    public func reference() throws -> FileReference {
        FileReference(content: try contentDigest().description, path: path, byteCount: fileByteCount)
    }
}

extension SafetensorsFile: FileBackedSource { public var fileByteCount: Int { file.bytes.count } }
extension TorchFile: FileBackedSource { public var fileByteCount: Int { file.bytes.count } }
extension GGUFFile: FileBackedSource { public var fileByteCount: Int { file.bytes.count } }
extension FolderSource: FileBackedSource { public var fileByteCount: Int { 0 } }
