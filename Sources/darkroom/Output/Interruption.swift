import Dispatch
import Foundation
import Synchronization

/// Ctrl-C: the first one asks for an orderly end, the second one ends at once.
final class Interruption: Sendable {
    private let action: @Sendable () -> Void
    private let count = Atomic<Int>(0)
    /// Safe: set once, before anybody else sees the value; kept only so that they go on watching.
    private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []

    /// Watches for SIGINT and SIGTERM until the program ends.
    ///
    /// - Parameter action: called once, on a thread of its own.
    init(_ action: @escaping @Sendable () -> Void) {
        self.action = action
        let queue = DispatchQueue(label: "darkroom.signals")
        for number in [SIGINT, SIGTERM] {
            // The default action would end the process before anybody could tidy up.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [self] in
                if count.add(1, ordering: .relaxed).oldValue == 0 {
                    self.action()
                } else {
                    _exit(ExitStatus.interrupted.rawValue)
                }
            }
            source.resume()
            sources.append(source)
        }
    }

    var happened: Bool { count.load(ordering: .relaxed) > 0 }
}
