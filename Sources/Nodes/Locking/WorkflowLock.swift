internal import Digests
public import Formats
import Foundation
public import Workflows

/// What a workflow's result depends on beside the workflow itself, written down: files by content, versions of nodes and program.
///
/// A picture made with the same lock and the same workflow has the same bits.
public struct WorkflowLock: Encodable, Sendable, Equatable {
    /// One file that the workflow names.
    public struct File: Encodable, Sendable, Equatable {
        /// Folder kind: `checkpoints`, `loras`, `input` …; for a file that is named inside a text (a textual inversion) the folder
        /// it lies in.
        public var kind: String
        public var name: String
        public var sha256: String
    }

    /// Format of this file.
    public var format = 1
    public var program: String
    /// Changes whenever the same inputs could give other bits.
    public var numerics: String
    /// Specification version by node type.
    public var nodes: [String: Int]
    public var files: [File]

    /// Reads every file that the workflow names.
    ///
    /// - Parameter program: the program's version.
    /// - Throws: `NodeError` for a file that is missing, and whatever reading one throws.
    public init(_ graph: ResolvedGraph, services: NodeServices, library: StandardNodes, program: String) throws {
        self.program = program
        numerics = library.numericsVersion
        nodes = Dictionary(graph.nodes.map { ($0.spec.type, $0.spec.version) }) { first, _ in first }
        files = []
        for node in graph.nodes {
            for input in node.inputs {
                guard case .file(let spec)? = node.spec.input(input.name)?.kind, case .literal(let value) = input.binding,
                    case .string(let name) = value, !spec.choices.contains(name)
                else { continue }
                guard let path = try? services.path(of: name, kind: spec.folder) else {
                    // A small VAE is named without its two files.
                    if services.contains(name, in: spec.folder) { continue }
                    _ = try services.path(of: name, kind: spec.folder)
                    continue
                }
                let file = File(kind: spec.folder, name: name, sha256: "\(try services.digest(ofFile: path))")
                if !files.contains(file) { files.append(file) }
            }
            for named in try library.namedFiles(of: node) where named.input == nil {
                let place = URL(fileURLWithPath: named.path)
                let file = File(
                    kind: place.deletingLastPathComponent().lastPathComponent, name: place.lastPathComponent, sha256: "\(named.digest)")
                if !files.contains(file) { files.append(file) }
            }
        }
        files.sort { ($0.kind, $0.name) < ($1.kind, $1.name) }
    }

    /// JSON, one line an entry.
    public func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    /// Reads what `text()` wrote.
    ///
    /// - Throws: `SourceProblem` for anything else, with its place.
    public init(text: String) throws(SourceProblem) {
        let lock = try JSONReader.read(text).get()
        format = try lock.member("format").integer()
        program = try lock.member("program").text()
        numerics = try lock.member("numerics").text()
        nodes = [:]
        for node in try lock.member("nodes").map() { nodes[node.key] = try node.value.integer() }
        files = []
        for file in try lock.member("files").list() {
            files.append(
                File(kind: try file.member("kind").text(), name: try file.member("name").text(), sha256: try file.member("sha256").text()))
        }
    }

    /// Something in which the present state differs from what was locked, and what brings that back.
    public struct Difference: Sendable, Equatable {
        public var text: String
        public var remedy: String
    }

    /// Everything in which the present state differs from what was locked.
    public func differences(now current: WorkflowLock) -> [Difference] {
        var result: [Difference] = []
        for file in current.files {
            let name = "\(file.kind)/\(file.name)"
            guard let old = files.first(where: { $0.kind == file.kind && $0.name == file.name }) else {
                let twin = files.first { $0.sha256 == file.sha256 }
                result.append(
                    Difference(
                        text: "\(name) isn't in the lock",
                        remedy: twin.map { "its content is, as \($0.kind)/\($0.name)" }
                            ?? "the workflow named other files when it was locked"))
                continue
            }
            if old.sha256 != file.sha256 {
                result.append(
                    Difference(
                        text: "\(name) has another content: \(file.sha256.prefix(12))…, locked was \(old.sha256.prefix(12))…",
                        remedy: "put the file with the SHA-256 \(old.sha256) back"))
            }
        }
        let earlierProgram = "darkroom \(program) has it"
        for (type, version) in current.nodes.sorted(by: { $0.key < $1.key }) where nodes[type] != version {
            if let old = nodes[type] {
                result.append(Difference(text: "\(type) is at version \(version), locked was \(old)", remedy: earlierProgram))
            } else {
                result.append(
                    Difference(
                        text: "a node of type \(type) isn't in the lock", remedy: "the workflow had other nodes when it was locked"))
            }
        }
        if numerics != current.numerics {
            result.append(
                Difference(
                    text: "the program computes other bits now (\(current.numerics), locked was \(numerics))",
                    remedy: "darkroom \(program) computed them"))
        }
        if program != current.program {
            result.append(
                Difference(
                    text: "this is darkroom \(current.program), locked was \(program)",
                    remedy: numerics == current.numerics
                        ? "both say of themselves that they compute the same bits" : "install darkroom \(program) again"))
        }
        return result
    }
}
