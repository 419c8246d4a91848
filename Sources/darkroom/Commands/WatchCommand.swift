import ArgumentParser
import Foundation
import Session
import Synchronization
import WorkflowEngine
import Workflows

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Runs a workflow, and again whenever its file or a file that it loads is saved.",
        discussion: """
            Only what changed is computed; models stay loaded between runs. A run that is under way when something is saved stops and
            starts again: what it has finished is kept, and a sampler that didn't change goes on where it was. Ctrl-C ends it.
            """)

    @OptionGroup var options: JobOptions

    func run() async throws {
        guard let path = options.workflow.source.path else {
            throw Failure(.wrongInput, "error: standard input can't be watched\n    hint: name a file")
        }
        let session = options.session
        let log = try options.compute.events.map { try EventLog(path: $0) }
        var files = WatchedFiles([session.configuration.environment.absolute(path)])
        while true {
            // Before anything is read: what is saved from here on is a change.
            files.look()
            let opened = open(in: session)
            let own: Set<String> = [session.configuration.environment.absolute(path)]
            files.watch(opened.map { session.files(of: $0) } ?? own, keepingOthers: opened?.isWhole != true)
            if let opened, opened.graph != nil, try await perform(opened, in: session, log, files) {
                Terminal.error.write(Terminal.error.paint("something was saved: starting again", .faint) + "\n")
                await files.waitForRest()
                continue
            }
            Terminal.error.write(Terminal.error.paint("waiting for \(files.count) files to change, Ctrl-C ends", .faint) + "\n")
            let interruption = Interruption {}
            guard await files.waitForChange(unless: { interruption.happened }) else { return }
            await files.waitForRest()
        }
    }

    /// Reads the workflow and says what is wrong with it; `nil` when there is none to read.
    private func open(in session: Session) -> Workflow? {
        do {
            let opened = try options.workflow.open(in: session)
            opened.diagnostics.show(quoting: opened.files)
            return opened
        } catch {
            tell(error)
            return nil
        }
    }

    private func tell(_ error: any Error) {
        let text = (error as? Failure).map { $0.message } ?? (error as? SessionError).map { Failure($0).message } ?? "error: \(error)"
        if let text { Terminal.error.write(text + "\n") }
    }

    /// What stopped a run.
    private final class Marks: Sendable {
        let wasPressed = Atomic<Bool>(false), wasSaved = Atomic<Bool>(false)
    }

    /// Runs the workflow to its end, or until a file is saved.
    ///
    /// - Returns: whether it was stopped because a file was saved.
    /// - Throws: `Failure` when somebody pressed Ctrl-C. Whatever else goes wrong has been told, and may be mended.
    private func perform(_ opened: Workflow, in session: Session, _ log: EventLog?, _ files: WatchedFiles) async throws -> Bool {
        let marks = Marks()
        var looking: Task<Void, Never>?
        defer { looking?.cancel() }
        let status: ExitStatus
        do {
            status = try await JobDisplay(options, log: log).run(
                opened, in: session,
                started: { job in
                    looking = Task.detached {
                        guard await files.waitForChange() else { return }
                        marks.wasSaved.store(true, ordering: .relaxed)
                        job.cancel()
                    }
                }, interrupted: { marks.wasPressed.store(true, ordering: .relaxed) })
        } catch {
            tell(error)
            return false
        }
        guard status == .interrupted else { return false }
        if marks.wasPressed.load(ordering: .relaxed) || !marks.wasSaved.load(ordering: .relaxed) { throw Failure(.interrupted) }
        return true
    }
}
