import Foundation
import Workflows

extension [Diagnostic] {
    /// Prints problems to stderr, each with its line.
    ///
    /// - Parameters:
    ///   - files: the texts that they are in.
    ///   - leastSeverity: what is less severe isn't printed.
    func show(quoting files: [SourceFile], leastSeverity: Diagnostic.Severity = .warning) {
        let terminal = Terminal.error
        for diagnostic in self where diagnostic.severity <= leastSeverity {
            var text = diagnostic.rendered(quoting: files)
            let word = diagnostic.severity.rawValue + ":"
            if let range = text.range(of: word) {
                text.replaceSubrange(range, with: terminal.paint(word, diagnostic.severity == .error ? .red : .yellow))
            }
            terminal.write(text + "\n")
        }
    }
}
