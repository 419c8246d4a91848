import Foundation
import Session
import WorkflowEngine

/// Checks every workflow in a folder and the folders below it: a line a file, a summary at the end.
struct ValidateFolder {
    let folder: String
    let session: Session

    private static let extensions: Set<String> = ["json", "yaml", "yml", "png", "webp", "jpg", "jpeg"]

    /// What became of one file.
    private enum Outcome {
        case valid(nodes: Int)
        case onlyFilesMissing(Int)
        case blocked(types: [String])
        case wrong(String)
        case noWorkflow
    }

    /// - Returns: the exit code: 0 when every workflow can run, 3 when only files are missing, else 2.
    func run() -> ExitStatus {
        let root = URL(fileURLWithPath: folder)
        let files = (FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? [])
            .filter { Self.extensions.contains($0.pathExtension.lowercased()) }.map(\.path).sorted()
        var counts = (valid: 0, missing: 0, blocked: 0, wrong: 0, none: 0)
        var blockers: [String: Int] = [:]
        for file in files {
            let name = file.hasPrefix(root.path + "/") ? String(file.dropFirst(root.path.count + 1)) : file
            switch check(file) {
            case .valid(let nodes):
                counts.valid += 1
                Terminal.output.line("ok       \(name): \(nodes) nodes")
            case .onlyFilesMissing(let count):
                counts.missing += 1
                Terminal.output.line("missing  \(name): \(count) file\(count == 1 ? "" : "s") not there")
            case .blocked(let types):
                counts.blocked += 1
                for type in types { blockers[type, default: 0] += 1 }
                Terminal.output.line("blocked  \(name): \(types.joined(separator: ", "))")
            case .wrong(let message):
                counts.wrong += 1
                Terminal.output.line("wrong    \(name): \(message)")
            case .noWorkflow: counts.none += 1
            }
        }
        let workflows = files.count - counts.none
        Terminal.output.line(
            "\(workflows) workflows: \(counts.valid) ok, \(counts.missing) with files missing, \(counts.blocked) with nodes Darkroom doesn't have, \(counts.wrong) wrong; \(counts.none) other files"
        )
        if !blockers.isEmpty {
            let sorted = blockers.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            Terminal.output.line("blocked by: \(sorted.map { "\($0.key) (\($0.value))" }.joined(separator: ", "))")
        }
        if counts.blocked + counts.wrong > 0 { return .wrongInput }
        return counts.missing > 0 ? .missingFile : .done
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
