internal import Digests
import Foundation
public import WorkflowEngine

/// What a workflow's result depends on beside the workflow itself, written down: files by content, versions of nodes and program.
///
/// A picture made with the same lock and the same workflow has the same bits. Textual inversions are named inside prompts and not listed.
public struct WorkflowLock: Codable, Sendable, Equatable {
    /// One file that the workflow names.
    public struct File: Codable, Sendable, Equatable {
        /// Folder kind: `checkpoints`, `loras`, `input` …
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
                    let name = value as? String, !spec.choices.contains(name)
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
    /// - Throws: `DecodingError` for anything else.
    public init(text: String) throws { self = try JSONDecoder().decode(WorkflowLock.self, from: Data(text.utf8)) }

    /// Everything in which the present state differs from what was locked, a sentence each.
    public func differences(now current: WorkflowLock) -> [String] {
        var result: [String] = []
        for file in current.files {
            guard let old = files.first(where: { $0.kind == file.kind && $0.name == file.name }) else {
                result.append("\(file.kind)/\(file.name) isn't in the lock")
                continue
            }
            if old.sha256 != file.sha256 {
                result.append("\(file.kind)/\(file.name) has another content: \(file.sha256.prefix(12))…, locked was \(old.sha256.prefix(12))…")
            }
        }
        for (type, version) in current.nodes.sorted(by: { $0.key < $1.key }) where nodes[type] != version {
            result.append(
                nodes[type].map { "\(type) is at version \(version), locked was \($0)" } ?? "a node of type \(type) isn't in the lock")
        }
        if numerics != current.numerics { result.append("the program computes other bits now (\(current.numerics), locked was \(numerics))") }
        return result
    }
}
