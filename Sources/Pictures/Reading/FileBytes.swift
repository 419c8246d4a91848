import Files

enum FileBytes {
    /// The whole content of a regular file.
    static func read(_ path: String, limit: Int) throws(PictureError) -> [UInt8] {
        do throws(FileProblem) { return try ReadableFile.contents(of: path, limit: limit) } catch {
            let code: PictureError.Code =
                switch error.code {
                case .notFound: .notFound
                case .overLimit: .tooLarge
                default: .notReadable
                }
            throw PictureError(code: code, file: path, reason: error.systemReason, hint: error.hint)
        }
    }
}
