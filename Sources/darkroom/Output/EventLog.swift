import Foundation
import Problems
import WorkflowEngine

/// What happens during a run as JSON lines, one object an event, each with its `event` and the seconds since the start.
struct EventLog {
    private let terminal: Terminal
    private let start = ContinuousClock.now

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
            terminal = Terminal(descriptor: descriptor)
        }
    }

    /// Says that one of several runs begins.
    ///
    /// - Parameter values: what it differs in from the others.
    func begin(run: Int, of count: Int, values: String) {
        let quoted = JSONText.quoted(values)
        terminal.write("{\"event\":\"run\",\"of\":\(count),\"run\":\(run),\"time\":\(seconds),\"values\":\(quoted)}\n")
    }

    private var seconds: Double { ((ContinuousClock.now - start) / .milliseconds(1)).rounded() / 1000 }

    func write(_ event: RunEvent) {
        guard var line = Line(event) else { return }
        line.time = seconds
        guard let text = try? JSONText.encode(line, pretty: false) else { return }
        terminal.write(text + "\n")
    }

    /// Members that don't apply to an event are left out.
    private struct Line: Encodable {
        var event: String
        var time: Double?
        var node: String?, title: String?, type: String?
        var nodes: Int?
        var reason: String?
        var step: Int?, of: Int?, rate: Double?
        var seconds: Double?
        var path: String?, kind: String?
        var message: String?
        var problem: ProblemRecord?
        var from: String?

        init?(_ event: RunEvent) {
            switch event {
            case .planned(let nodes):
                self.init("planned", nil)
                self.nodes = nodes
            case .started(let node, let reason):
                self.init("started", node)
                self.reason = "\(reason)"
            case .progress(let node, let step, let total, let rate):
                self.init("progress", node)
                (self.step, of, self.rate) = (step, total, rate)
            case .resumed(let node, let step, let total):
                self.init("resumed", node)
                (self.step, of) = (step, total)
            case .preview: return nil
            case .warning(let node, let message):
                self.init("warning", node)
                self.message = message
            case .outputFile(let node, let file, let isReused):
                self.init("file", node)
                (path, kind, from) = (file.path, file.kind.rawValue, isReused ? "earlier run" : nil)
            case .text(let node, let text):
                self.init("text", node)
                message = text
            case .finished(let node, let seconds):
                self.init("finished", node)
                self.seconds = seconds
            case .reused(let node, let place):
                self.init("reused", node)
                from = place?.rawValue
            case .failed(let failure):
                self.init("failed", failure.node)
                message = failure.message
                problem = ProblemRecord(failure)
            case .skipped(let node, let cause):
                self.init("skipped", node)
                reason = "\(cause) failed"
            case .interrupted: self.init("interrupted", nil)
            }
        }

        private init(_ event: String, _ label: NodeLabel?) {
            self.event = event
            (node, title, type) = (label?.name, label?.title, label?.type)
        }
    }
}
