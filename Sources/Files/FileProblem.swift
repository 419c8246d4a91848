internal import Glibc
public import Problems
internal import SystemPackage

/// A file or folder that can't be used as asked, and why.
public struct FileProblem: Problem, Equatable {
    public enum Code: String, ProblemCode {
        case notFound = "file-not-found"
        case unreadable = "file-unreadable"
        /// A folder, a device or a pipe where only a file will do.
        case notRegular = "file-not-regular"
        /// Larger than whoever reads it allows.
        case overLimit = "file-over-limit"
        case unwritable = "file-unwritable"
        case noSpace = "file-no-space"

        public var category: ProblemCategory {
            switch self {
            case .notFound: .missingFile
            case .unreadable, .notRegular, .overLimit: .unusableFile
            case .unwritable: .failed
            case .noSpace: .exhausted
            }
        }

        public var meaning: String {
            switch self {
            case .notFound: "There is no such file or folder."
            case .unreadable: "The file or folder can't be opened or read."
            case .notRegular: "It is a folder, a device or a pipe, not a file."
            case .overLimit: "The file is larger than what is read of its kind."
            case .unwritable: "The file or folder can't be made or written."
            case .noSpace: "The disk is full, or the quota used up."
            }
        }

        public var hint: String {
            switch self {
            case .notFound: "Check the path."
            case .unreadable: "Check the permissions."
            case .notRegular: "Name a file."
            case .overLimit: "Check that it is the file that is meant."
            case .unwritable: "Check the folder and its permissions."
            case .noSpace: "Make room, or name another folder."
            }
        }
    }

    public var code: Code
    public var path: String
    public var reason: String
    public var hint: String?
    /// The system's number for it (`errno`), where a call failed.
    public var number: Int32?

    public init(_ code: Code, path: String, reason: String, hint: String? = nil, number: Int32? = nil) {
        (self.code, self.path, self.reason, self.hint, self.number) = (code, path, reason, hint, number)
    }

    public var location: ProblemLocation { ProblemLocation(file: path) }

    /// What the system says about the call that failed, without more words.
    public var systemReason: String { number.map { Errno(rawValue: $0).description } ?? reason }

    /// Whether nothing can be written here, now or later.
    public var isPermanent: Bool {
        number.map { [Errno.permissionDenied, .readOnlyFileSystem, .notPermitted, .notDirectory].contains(Errno(rawValue: $0)) } ?? false
    }
}

extension FileProblem {
    static func reading(_ path: String, _ error: Errno) -> FileProblem {
        error == .noSuchFileOrDirectory || error == .notDirectory
            ? FileProblem(.notFound, path: path, reason: "there is no such file", number: error.rawValue)
            : FileProblem(.unreadable, path: path, reason: "can't be read: \(error)", number: error.rawValue)
    }

    static func writing(_ path: String, _ error: Errno) -> FileProblem {
        let isFull = error == .noSpace || error == .diskQuotaExceeded
        return FileProblem(
            isFull ? .noSpace : .unwritable, path: path, reason: "can't be written: \(error)", hint: isFull ? "the disk is full" : nil,
            number: error.rawValue)
    }
}

/// Calls the system; its untyped errors become typed ones.
func call<Result>(
    _ problem: (Errno) -> FileProblem, _ body: () throws -> Result
) throws(FileProblem) -> Result {
    do { return try body() } catch { throw problem(error as? Errno ?? .ioError) }
}

/// For calls that swift-system doesn't have: -1 is a failure.
func check(_ result: Int32) throws(Errno) {
    if result < 0 { throw Errno(rawValue: errno) }
}
