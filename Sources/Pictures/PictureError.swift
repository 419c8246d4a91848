internal import CPictureCodecs
internal import Cancellations
public import Problems

/// A picture that can't be read or written, and where it goes wrong.
public struct PictureError: Problem, Equatable {
    public enum Code: String, ProblemCode {
        /// There is no such file.
        case notFound = "picture-not-found"
        /// It can't be opened or read.
        case notReadable = "picture-unreadable"
        /// Not a kind of picture that is known.
        case unknownFormat = "picture-unknown-format"
        case truncated = "picture-truncated"
        case corrupt = "picture-damaged"
        /// Larger than the limits allow, in pixels, frames or bytes.
        case tooLarge = "picture-too-large"
        case outOfMemory = "picture-out-of-memory"
        /// This can't be made a file of: an empty picture, a text that the format has no place for.
        case notWritable = "picture-not-writable"
        /// Somebody asked to stop while it was read or written.
        case interrupted = "picture-interrupted"

        public var category: ProblemCategory {
            switch self {
            case .notFound: .missingFile
            case .outOfMemory: .outOfMemory
            case .notWritable: .failed
            case .interrupted: .interrupted
            default: .unusableFile
            }
        }

        public var meaning: String { entry.meaning }
        public var hint: String { entry.hint }

        private var entry: (meaning: String, hint: String) {
            switch self {
            case .notFound: ("There is no such picture.", "Check the name and the folder.")
            case .notReadable: ("The picture can't be opened or read.", "Check the permissions.")
            case .unknownFormat: ("The file is no picture of a known kind.", "Use PNG, JPEG, WebP or GIF.")
            case .truncated: ("The picture ends before its contents do.", "Copy it again.")
            case .corrupt: ("The picture breaks the rules of its format.", "Save it again with another program.")
            case .tooLarge: ("The picture is larger than the limits allow.", "Scale it down.")
            case .outOfMemory: ("There isn't enough memory for the picture.", "Scale it down, or close other programs.")
            case .interrupted: ("Reading or writing a picture was stopped.", "Nothing: somebody asked for it.")
            case .notWritable: ("No file can be made of this.", "Look at what the message names.")
            }
        }
    }

    public var code: Code
    /// Path or name of the file.
    public var file: String
    /// Byte offset in the file, where one is known.
    public var offset: Int?
    public var reason: String
    public var hint: String?

    public init(code: Code, file: String, offset: Int? = nil, reason: String, hint: String? = nil) {
        self.code = code
        self.file = file
        self.offset = offset
        self.reason = reason
        self.hint = hint
    }

    public var location: ProblemLocation { ProblemLocation(file: file, offset: offset.map { UInt64(clamping: $0) }) }
}

extension PictureError {
    static func interrupted(_ file: String) -> PictureError {
        PictureError(code: .interrupted, file: file, reason: "somebody asked to stop")
    }

    /// Asks whether to go on; once a row.
    ///
    /// - Throws: `.interrupted`.
    static func checkCancellation(_ file: String = "picture") throws(PictureError) {
        do throws(CancellationError) { try Cancellation.check() } catch { throw .interrupted(file) }
    }

    /// The same for codecs in C; they stop when it isn't 0.
    static var shouldStop: pc_should_stop {
        {
            do throws(CancellationError) { try Cancellation.check() } catch { return 1 }
            return 0
        }
    }
}
