internal import Foundation

/// What a session knows of the process and the person it works for: it reads neither by itself.
public struct SessionEnvironment: Sendable {
    /// Environment variables: `DARKROOM_MODELS`, `DARKROOM_CACHE_DIR`, `DARKROOM_CACHE_SIZE`, `XDG_CACHE_HOME`, `HOME`.
    public var variables: [String: String]
    /// Where relative paths begin; absolute.
    public var workingFolder: String

    public init(variables: [String: String] = [:], workingFolder: String = "/") {
        (self.variables, self.workingFolder) = (variables, workingFolder)
    }

    /// A path from here, without `~`, `.` and `..`.
    public func absolute(_ path: String) -> String {
        var path = path
        if path == "~" || path.hasPrefix("~/"), let home = variables["HOME"] { path = home + path.dropFirst() }
        let base = URL(fileURLWithPath: workingFolder, isDirectory: true)
        return URL(fileURLWithPath: path, relativeTo: base).standardizedFileURL.path
    }

    /// The folder that a file lies in, absolute.
    func folder(of path: String) -> String { URL(fileURLWithPath: absolute(path)).deletingLastPathComponent().path }

    /// A path as it was given where that means the same to the process, so that messages call files as a person does; else from here.
    func spelled(_ path: String) -> String {
        FileManager.default.currentDirectoryPath == workingFolder && !path.hasPrefix("~") ? path : absolute(path)
    }

    /// A variable that names a folder. A relative path would be another one in every working folder, so it counts for nothing.
    func folder(_ name: String) -> String? { variables[name].flatMap { $0.hasPrefix("/") ? $0 : nil } }
}
