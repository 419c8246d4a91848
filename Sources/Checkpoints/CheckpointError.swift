/// A model file that can't be used, and where it goes wrong.
public struct CheckpointError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of problem it is, for programs.
    public enum Code: String, Sendable, CaseIterable {
        // The file as a whole.
        case notFound, unreadable, unknownFormat, unsupported
        // Its bytes.
        case truncated, headerTooLong, headerNotJSON, headerMalformed, unknownType, duplicateName, badShape
        case rangesOverlap, gap, trailingBytes, sizeMismatch, checksumMismatch, tooLarge
        // Pickled files.
        case badArchive, badPickle, forbidden
        // What is asked of it.
        case missingTensor, shapeMismatch, unknownFamily
        // Writing.
        case notWritable
    }

    public var code: Code
    /// The file's path or name.
    public var file: String
    /// Byte offset in the file, where one is known.
    public var offset: UInt64?
    /// The tensor's full name, where one is meant.
    public var tensor: String?
    /// What was found and what was expected: one sentence without a full stop.
    public var reason: String
    /// What the reader of the message could do.
    public var hint: String?

    public init(
        _ code: Code, file: String, offset: UInt64? = nil, tensor: String? = nil, reason: String, hint: String? = nil
    ) {
        self.code = code
        self.file = file
        self.offset = offset
        self.tensor = tensor
        self.reason = reason
        self.hint = hint
    }

    /// `model.safetensors, tensor a.weight, byte 812: shape [2, 3] needs 24 bytes, its range holds 20 (hint)`.
    public var description: String {
        var place = file
        if let tensor { place += ", tensor \(tensor)" }
        if let offset { place += ", byte \(offset)" }
        return "\(place): \(reason)" + (hint.map { " (\($0))" } ?? "")
    }
}

extension String {
    /// Cut for a message: names in hostile files may be megabytes long.
    var excerpt: String { count <= 120 ? self : String(prefix(117)) + "…" }
}
