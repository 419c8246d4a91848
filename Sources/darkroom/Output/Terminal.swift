import Foundation
import Synchronization

/// One of the standard streams: what it is connected to, and what may be written to it.
struct Terminal: Sendable {
    let descriptor: Int32
    /// What messages call it.
    let name: String

    static let output = Terminal(descriptor: STDOUT_FILENO, name: "standard output")
    static let error = Terminal(descriptor: STDERR_FILENO, name: "standard error")

    /// The first result that couldn't be written; a program that ends with "done" has told everything that it had to.
    static let loss = Mutex<String?>(nil)

    /// Whether a person looks at it directly: only then bars are drawn.
    var isInteractive: Bool {
        isatty(descriptor) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// Whether colours are welcome (https://no-color.org).
    var hasColor: Bool {
        isInteractive && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Columns of the window; 80 where there is none.
    var width: Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes all of `text` at once, so that lines of several writers don't mix.
    func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let start = rest.baseAddress, !rest.isEmpty {
                let count = Glibc.write(descriptor, start, rest.count)
                if count < 0 {
                    let problem = errno
                    if problem == EINTR { continue }
                    // Nobody listens any more (a closed pipe): whoever closed it has what they wanted.
                    if problem == EPIPE || descriptor == STDERR_FILENO { return }
                    let reason = "can't write to \(name): \(String(cString: strerror(problem)))"
                    Self.loss.withLock { $0 = $0 ?? reason }
                    return
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    /// Writes a line.
    func line(_ text: String) { write(text + "\n") }

    /// `text` in a colour where colours are welcome.
    func paint(_ text: String, _ color: Color) -> String {
        hasColor ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
    }

    enum Color: Int { case bold = 1, faint = 2, red = 31, green = 32, yellow = 33, cyan = 36 }
}
