import Foundation
import Nodes
import Pictures
import Problems
import Session
import WorkflowEngine

/// Shows a run while it goes on: a bar on a terminal, a line for each node elsewhere; paths and texts on stdout.
struct RunDisplay {
    private let terminal = Terminal.error
    private let isQuiet: Bool
    /// Whether stdout gets the paths of written files.
    private let showsPaths: Bool
    private let drawsBars: Bool
    /// When the running node began to report steps.
    private var firstStep: (start: ContinuousClock.Instant, step: Int)?
    private var lastDrawing: ContinuousClock.Instant?
    private var reasons: [String: RunReason] = [:]
    /// How previews are drawn; `nil`: not at all.
    private let drawing: TerminalPicture.Form?
    /// Lines of the picture drawn last, while nothing was written below it.
    private var pictureRows = 0
    /// The line that stands below the picture and is replaced by the next one.
    private var drawn = ""

    init(isQuiet: Bool, showsPaths: Bool, drawing: TerminalPicture.Form? = nil) {
        self.drawing = Terminal.error.isInteractive ? drawing : nil
        self.isQuiet = isQuiet
        self.showsPaths = showsPaths
        drawsBars = !isQuiet && Terminal.error.isInteractive
    }

    mutating func show(_ event: RunEvent) {
        switch event {
        case .planned, .interrupted: break
        case .preview(_, let picture, _, _): showPicture(picture)
        case .started(let node, let reason):
            firstStep = nil
            reasons[node.name] = reason
            draw(terminal.paint("\(node.title) …", .faint))
        case .resumed(let node, let step, let total):
            line("\(label(node))  resumed at step \(step) of \(total)")
        case .progress(let node, let step, let total, _):
            showProgress(node, step, total)
        case .finished(let node, let seconds):
            line("\(label(node))  \(Self.seconds(seconds))\(reason(node))")
        case .reused(let node, let place):
            line(terminal.paint("\(label(node))  reused\(place.map { " from \($0.rawValue)" } ?? "")", .faint))
        case .skipped(let node, let cause):
            line(terminal.paint("\(label(node))  skipped: \(cause) failed", .yellow))
        case .warning(let node, let message):
            tell("warning: ", .yellow, "\(node.map { "\($0.title): " } ?? "")\(message)")
        case .failed(let failure):
            tell("error: ", .red, "\(failure)")
        case .text(let node, let text):
            pictureRows = 0
            clear()
            if showsPaths { Terminal.output.write("\(node.title): \(text)\n") }
        case .outputFile(_, let file, _):
            pictureRows = 0
            clear()
            if showsPaths { Terminal.output.write(file.path + "\n") }
        }
    }

    /// Says that the process which computed has died. What node that was, an event of its own tells.
    mutating func show(_ death: WorkerDeath, beginsAgain: Bool) {
        if beginsAgain {
            tell("warning: ", .yellow, "\(death.headline); it is begun again")
        } else if death.node == nil {
            tell("error: ", .red, death.headline)
        }
        if !beginsAgain, let hint = death.hint { tell("    hint: ", .faint, hint) }
    }

    /// The last line: what ran and what was reused.
    mutating func close(_ report: RunReport) {
        clear()
        guard !isQuiet else { return }
        let what = report.isInterrupted ? "interrupted: \(report.summary)" : report.summary
        terminal.write(terminal.paint("\(what), \(Self.seconds(report.seconds))", .bold) + "\n")
    }

    // MARK: Lines

    private mutating func showProgress(_ node: NodeLabel, _ step: Int, _ total: Int) {
        guard drawsBars else { return }
        let now = ContinuousClock.now
        let first = firstStep ?? (now, step)
        firstStep = first
        // Ten times a second is enough for any eye; the last step always shows.
        if let lastDrawing, now - lastDrawing < .milliseconds(100), step < total { return }
        lastDrawing = now
        let progress = ProgressLine(
            name: node.title, step: step, total: total, stepsSinceStart: step - first.step,
            seconds: (now - first.start) / .seconds(1))
        draw(progress.text(width: terminal.width))
    }

    /// Draws a preview where the last one was.
    private mutating func showPicture(_ picture: EncodedPicture) {
        guard let drawing, let image = try? Picture.read(bytes: picture.bytes, name: "preview").image, image.channels >= 3,
            let picture = try? TerminalPicture(image, form: drawing, columns: terminal.width)
        else { return }
        clear()
        let back = pictureRows > 0 ? "\u{1B}[\(pictureRows)A\r" : ""
        terminal.write(back + picture.text + drawn)
        pictureRows = picture.rows
    }

    /// A line that the next one replaces.
    private mutating func draw(_ text: String) {
        guard drawsBars else { return }
        drawn = text
        terminal.write("\r\u{1B}[K" + text)
    }

    private func clear() {
        if drawsBars { terminal.write("\r\u{1B}[K") }
    }

    /// A line that stays.
    private mutating func line(_ text: String) {
        guard !isQuiet else { return }
        pictureRows = 0
        clear()
        drawn = ""
        terminal.write(text + "\n")
    }

    private mutating func tell(_ word: String, _ color: Terminal.Color, _ text: String) {
        pictureRows = 0
        clear()
        terminal.write(terminal.paint(word, color) + text + "\n")
    }

    private func label(_ node: NodeLabel) -> String {
        node.title == node.type ? node.title : "\(node.title) (\(node.type))"
    }

    /// Why it ran, unless that is obvious.
    private func reason(_ node: NodeLabel) -> String {
        guard let reason = reasons[node.name], reason != .firstTime else { return "" }
        return terminal.paint("  \(reason)", .faint)
    }

    static func seconds(_ seconds: Double) -> String {
        seconds < 60 ? String(format: "%.2f s", seconds) : ProgressLine.duration(seconds)
    }
}
