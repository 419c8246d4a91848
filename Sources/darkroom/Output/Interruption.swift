import Foundation
import Synchronization

/// Ctrl-C and SIGTERM: the first one asks for an orderly end, the second one ends the program at once.
///
/// Listens as long as the value is kept; of several, the newest is told. A plain handler and a pipe: dispatch's signal
/// sources miss signals on Linux when the main thread waits in its own loop.
final class Interruption: Sendable {
    private let action: @Sendable () -> Void
    private let count = Atomic<Int>(0)

    /// - Parameter action: called once, on a thread of its own.
    init(_ action: @escaping @Sendable () -> Void) {
        self.action = action
        Self.listener
        Self.newest.withLock { $0.interruption = self }
    }

    var happened: Bool { count.load(ordering: .relaxed) > 0 }

    private func signalled() {
        if count.add(1, ordering: .relaxed).oldValue == 0 {
            action()
        } else {
            _exit(ExitStatus.interrupted.rawValue)
        }
    }

    private struct Newest {
        weak var interruption: Interruption?
    }

    private static let newest = Mutex(Newest())

    /// Set up once, with the first value.
    private static let listener: Void = {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        let reading = ends[0]
        writingEnd = ends[1]
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while true {
                let count = read(reading, &byte, 1)
                if count < 0, errno == EINTR { continue }
                guard count == 1 else { return }
                let interruption = newest.withLock { $0.interruption }
                // Nobody has anything to tidy up.
                guard let interruption else { _exit(ExitStatus.interrupted.rawValue) }
                interruption.signalled()
            }
        }
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                // Only what is safe in a handler: a write, and errno as it was.
                let saved = errno
                var byte: UInt8 = 0
                _ = write(writingEnd, &byte, 1)
                errno = saved
            }
        }
    }()
}

/// Safe: set once, before the handler that reads it is installed.
private nonisolated(unsafe) var writingEnd: Int32 = -1
