internal import Problems
internal import Files
internal import Foundation
public import Workflows

/// More folders for models, as ComfyUI's `extra_model_paths.yaml` names them.
///
/// Sections of any name, each with keys like `checkpoints` or `loras` and one or more folders (a line each), relative to
/// the section's `base_path`, or to the file. Folders of a section with `is_default: true` are searched first.
public struct ExtraModelPaths: Sendable {
    /// Searched before all others, by kind.
    public var preferred: [String: [String]] = [:]
    /// Searched after the model folders.
    public var others: [String: [String]] = [:]
    public var diagnostics: [Diagnostic] = []

    private static let mostBytes = 1 << 20

    public init() {}

    /// Reads a file and adds what it names.
    ///
    /// - Throws: `NodeError.Code.missingFile` if there is none, `.unreadable` if it is no text, or more than anybody writes by hand.
    public mutating func add(contentsOf path: String) throws(NodeError) {
        let text: String?
        do throws(FileProblem) {
            text = try ReadableFile.text(of: path, limit: Self.mostBytes, regularOnly: false)
        } catch {
            switch error.code {
            case .notFound: throw NodeError(.missingFile, "there is no file \(path)")
            case .overLimit:
                throw NodeError(.unreadable, "\(path) is no file of model paths: it is larger than \(Self.mostBytes >> 20) MiB")
            default: throw NodeError(.unreadable, "\(path) can't be read; a file of model paths was expected", cause: error)
            }
        }
        guard let text else { throw NodeError(.unreadable, "\(path) isn't UTF-8 text") }
        add(text: text, path: path)
    }

    mutating func add(text: String, path: String) {
        let file = SettingsFile(text: text, name: path)
        diagnostics += file.diagnostics
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        for section in file.sections {
            func value(_ key: String) -> String? { section.entries.first { $0.key == key }?.value }
            let base = value("base_path").map { URL(fileURLWithPath: Self.expanded($0), isDirectory: true, relativeTo: folder) } ?? folder
            let isDefault = value("is_default")?.lowercased() == "true"
            for (key, folders) in section.entries where key != "base_path" && key != "is_default" {
                let kind = ModelFolders.aliases[key] ?? key
                for line in folders.split(separator: "\n") {
                    let name = Self.expanded(line.trimmingCharacters(in: .whitespaces))
                    guard !name.isEmpty else { continue }
                    let full = URL(fileURLWithPath: name, relativeTo: base).standardizedFileURL.path
                    if isDefault { preferred[kind, default: []].append(full) } else { others[kind, default: []].append(full) }
                }
            }
        }
    }

    /// `~` and `$NAME` filled in from the environment.
    private static func expanded(_ path: String) -> String {
        var path = path
        // The variable, not the system's list of users: whoever sets another home means it.
        if path == "~" || path.hasPrefix("~/"), let home = ProcessInfo.processInfo.environment["HOME"] { path = home + path.dropFirst() }
        return path.replacing(#/\$\{?(\w+)\}?/#) { ProcessInfo.processInfo.environment[String($0.1)] ?? String($0.0) }
    }
}
