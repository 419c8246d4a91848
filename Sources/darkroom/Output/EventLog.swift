import Foundation
import Session
import WorkflowEngine

/// What happens during a run as JSON lines, one object an event, each with its `event` and the seconds since the start.
struct EventLog {
    private let terminal: Terminal

    /// - Parameter path: a file, which is replaced; `-` for stdout.
    /// - Throws: `Failure` if the file can't be written.
    init(path: String) throws {
        if path == "-" {
            terminal = .output
        } else {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else {
                throw Failure(.wrongInput, "error: can't write \(path): \(String(cString: strerror(errno)))")
            }
            terminal = Terminal(descriptor: descriptor, name: path)
        }
    }

    /// Writes what it is about a run: pictures to look at and the job's own way through the queue are left out.
    func write(_ event: JobEvent) {
        switch event.kind {
        case .engine(let told): if case .preview = told { return }
        case .run, .workerDied: break
        case .queued, .began, .unresolved, .report, .sheet, .ended, .unknown: return
        }
        guard let text = try? JSONOutput.encode(event, pretty: false) else { return }
        terminal.write(text + "\n")
    }
}
