/// A picture that can't be read or written, and where it goes wrong.
public struct PictureError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// There is no such file, or it can't be opened.
        case notReadable
        /// Not a kind of picture that is known.
        case unknownFormat
        case truncated
        case corrupt
        /// Larger than the limits allow, in pixels, frames or bytes.
        case tooLarge
        case outOfMemory
        /// This can't be made a file of: an empty picture, a text that the format has no place for.
        case notWritable
    }

    public var code: Code
    /// Path or name of the file.
    public var file: String
    /// Byte offset in the file, where one is known.
    public var offset: Int?
    /// What was found and what was expected: one sentence without a full stop.
    public var reason: String
    /// What the reader of the message could do.
    public var hint: String?

    public init(code: Code, file: String, offset: Int? = nil, reason: String, hint: String? = nil) {
        self.code = code
        self.file = file
        self.offset = offset
        self.reason = reason
        self.hint = hint
    }

    public var description: String {
        let place = offset.map { ", byte \($0)" } ?? ""
        let advice = hint.map { " (\($0))" } ?? ""
        return "\(file)\(place): \(reason)\(advice)"
    }
}
