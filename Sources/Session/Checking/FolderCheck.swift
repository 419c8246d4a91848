internal import Workflows
internal import Foundation
public import Problems
internal import WorkflowEngine

/// Checks every workflow in a folder and the folders below it, one after the other, in the order of their paths.
///
/// Nothing is computed, and no model is opened. A file is checked when it is asked for.
public struct FolderCheck: Sequence, IteratorProtocol {
    /// What became of one file.
    public enum Outcome: Sendable, Equatable {
        case valid(nodes: Int)
        /// All that is wrong are files that aren't there.
        case onlyFilesMissing(Int)
        /// It needs nodes of these types, which Darkroom doesn't have.
        case blocked(types: [String])
        case wrong(String)
        case noWorkflow
    }

    /// Numbers of files by what became of them.
    public struct Counts: Sendable, Equatable {
        public var valid = 0, missing = 0, blocked = 0, wrong = 0, noWorkflow = 0
        /// How many files each missing type blocks.
        public var blockers: [String: Int] = [:]

        public var workflows: Int { valid + missing + blocked + wrong }

        /// What is wrong with the folder as a whole: missing files only where nothing else is; `nil` when every workflow can run.
        public var category: ProblemCategory? {
            blocked + wrong > 0 ? .wrongInput : missing > 0 ? .missingFile : nil
        }

        mutating func add(_ outcome: Outcome) {
            switch outcome {
            case .valid: valid += 1
            case .onlyFilesMissing: missing += 1
            case .blocked(let types):
                blocked += 1
                for type in types { blockers[type, default: 0] += 1 }
            case .wrong: wrong += 1
            case .noWorkflow: noWorkflow += 1
            }
        }
    }

    private static let extensions: Set<String> = ["json", "yaml", "yml", "png", "webp", "jpg", "jpeg"]

    private let session: Session
    private let root: String
    private var paths: ArraySlice<String>
    /// Those that were checked so far.
    public private(set) var counts = Counts()

    init(_ folder: String, session: Session) {
        self.session = session
        let root = URL(fileURLWithPath: session.configuration.environment.absolute(folder))
        self.root = root.path
        let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        paths = files.filter { Self.extensions.contains($0.pathExtension.lowercased()) }.map(\.path).sorted()[...]
    }

    /// The next file: its path below the folder, and what became of it.
    public mutating func next() -> (name: String, outcome: Outcome)? {
        guard let path = paths.popFirst() else { return nil }
        let outcome = check(path)
        counts.add(outcome)
        return (path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path, outcome)
    }

    private func check(_ file: String) -> Outcome {
        guard let opened = try? session.open(.file(file)) else { return .noWorkflow }
        guard let document = opened.document else {
            let first = opened.diagnostics.first { $0.severity == .error }
            return first?.code == .unknownForm ? .noWorkflow : .wrong(first?.message ?? "can't be read")
        }
        let errors = opened.diagnostics.filter { $0.severity == .error }
        if errors.isEmpty { return .valid(nodes: document.nodes.count) }
        let foreign = errors.filter { $0.code == .unknownType || $0.code == .notImplemented }
        if !foreign.isEmpty {
            let types = foreign.compactMap { error in document.nodes.first { $0.name == error.node }?.type }
            return .blocked(types: Set(types).sorted())
        }
        if errors.allSatisfy({ $0.code == .missingFile }) { return .onlyFilesMissing(errors.count) }
        let first = errors.first { $0.code != .missingFile } ?? errors[0]
        return .wrong("\(first.position.map { "\($0): " } ?? "")\(first.message)")
    }
}

extension Session {
    /// Checks every workflow in a folder and the folders below it.
    public func check(folder: String) -> FolderCheck { FolderCheck(folder, session: self) }
}
