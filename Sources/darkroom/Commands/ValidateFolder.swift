import Session

/// Shows what becomes of every workflow in a folder: a line a file, a summary at the end.
struct ValidateFolder {
    let check: FolderCheck

    /// - Returns: the exit code: 0 when every workflow can run, 3 when only files are missing, else 2.
    func run() -> ExitStatus {
        var check = check
        while let (name, outcome) = check.next() {
            switch outcome {
            case .valid(let nodes): Terminal.output.line("ok       \(name): \(nodes) nodes")
            case .onlyFilesMissing(let count): Terminal.output.line("missing  \(name): \(count) file\(count == 1 ? "" : "s") not there")
            case .blocked(let types): Terminal.output.line("blocked  \(name): \(types.joined(separator: ", "))")
            case .wrong(let message): Terminal.output.line("wrong    \(name): \(message)")
            case .noWorkflow: break
            }
        }
        let counts = check.counts
        Terminal.output.line(
            "\(counts.workflows) workflows: \(counts.valid) ok, \(counts.missing) with files missing, \(counts.blocked) with nodes Darkroom doesn't have, \(counts.wrong) wrong; \(counts.noWorkflow) other files"
        )
        if !counts.blockers.isEmpty {
            let sorted = counts.blockers.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            Terminal.output.line("blocked by: \(sorted.map { "\($0.key) (\($0.value))" }.joined(separator: ", "))")
        }
        return counts.category.map(ExitStatus.init) ?? .done
    }
}
