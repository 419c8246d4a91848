internal import Problems
internal import Files
public import Nodes
internal import WorkflowEngine

extension Session {
    /// The files and versions that a workflow's result depends on, as they are now. Reads every file that it names.
    ///
    /// - Throws: `SessionError` when nothing of it can run, or when a file is missing.
    public func lock(_ workflow: Workflow) throws(SessionError) -> WorkflowLock {
        let graph = try workflow.runnable()
        do {
            return try WorkflowLock(
                graph, services: workflow.services, library: StandardNodes(services: workflow.services), program: configuration.program)
        } catch {
            throw SessionError(.missingFile, "\(error)")
        }
    }

    /// Writes a lock down.
    ///
    /// - Parameter path: `nil`: beside the workflow.
    /// - Returns: where it was written.
    /// - Throws: `SessionError`, also when the file can't be written.
    public func writeLock(of workflow: Workflow, to path: String? = nil) throws(SessionError) -> String {
        let lock = try lock(workflow)
        let path = configuration.environment.absolute(path ?? Self.lockPath(of: workflow.source))
        do {
            try AtomicFile.write(lock.text(), to: path)
        } catch let problem as FileProblem {
            throw SessionError(problem, code: .unreadableFile)
        } catch {
            throw SessionError(.unreadableFile, "\(error)")
        }
        return path
    }

    /// Compares the lock beside a workflow with what is there now.
    ///
    /// - Throws: `SessionError` that names every difference, or says that there is no lock.
    public func verifyLock(of workflow: Workflow) throws(SessionError) {
        let name = Self.lockPath(of: workflow.source), file = workflow.source.path ?? "-"
        let text: String?
        do throws(FileProblem) {
            text = try ReadableFile.text(of: configuration.environment.absolute(name), limit: 64 << 20, regularOnly: false)
        } catch {
            guard error.code == .notFound else { throw SessionError(error, code: .unreadableFile) }
            throw SessionError(.missingFile, "there is no lock \(name)", hint: "darkroom lock \(file) writes one")
        }
        guard let text else { throw SessionError(.unreadableFile, "\(name) isn't a lock file: it isn't UTF-8 text") }
        let locked: WorkflowLock
        do { locked = try WorkflowLock(text: text) } catch {
            throw SessionError(.unreadableFile, "\(name) isn't a lock file\n    because \(error)")
        }
        let differences = locked.differences(now: try lock(workflow))
        guard !differences.isEmpty else { return }
        throw SessionError(
            .lockDiffers,
            "not what \(name) says:\n" + differences.map { "    \($0.text)\n        \($0.remedy)" }.joined(separator: "\n"),
            hint: "darkroom lock \(file) accepts the present state")
    }

    /// Where the lock of a workflow lies: beside its file.
    public static func lockPath(of source: WorkflowSource) -> String { source.path.map { $0 + ".lock" } ?? "workflow.lock" }
}
