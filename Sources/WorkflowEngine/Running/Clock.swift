internal import Glibc
internal import Synchronization

/// Monotonic seconds.
enum Clock {
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

/// Steps a second of one node, from its own progress.
final class ProgressRate: Sendable {
    private let start: Double
    private let first = Mutex<(step: Int, time: Double)?>(nil)

    init(start: Double) { self.start = start }

    /// Steps before this one, counted from 1, were done by an earlier run.
    func resumed(at step: Int) { first.withLock { $0 = (step - 1, Clock.now) } }

    /// Notes a step and gives the rate so far; the first step, which often loads things, doesn't count.
    func stepped(to step: Int) -> Double {
        let now = Clock.now
        return first.withLock { first in
            guard let known = first, step > known.step, now > known.time else {
                if first == nil || step < (first?.step ?? 0) { first = (step, now) }
                return step > 0 && now > start ? Double(step) / (now - start) : 0
            }
            return Double(step - known.step) / (now - known.time)
        }
    }
}
