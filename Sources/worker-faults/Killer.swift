import Foundation
import Session
import Synchronization

/// Kills workers at random moments of their lives.
final class Killer: Sendable {
    private let state: Mutex<State>
    private let longest: Double

    private struct State {
        var random: UInt64
        var left: Int
        var killed = 0
        var resumed = 0
    }

    /// - Parameter longest: seconds that a worker lives at most.
    init(seed: UInt64, kills: Int, longest: Double) {
        state = Mutex(State(random: seed, left: kills))
        self.longest = max(longest, 0.01)
    }

    var left: Int { state.withLock { $0.left } }
    var killed: Int { state.withLock { $0.killed } }
    var resumed: Int { state.withLock { $0.resumed } }

    func noteResumed() { state.withLock { $0.resumed += 1 } }

    /// Kills until there is nothing more to kill, or its task is cancelled.
    func work(on session: Session) async {
        var last: Int32?
        while left > 0, !Task.isCancelled {
            guard let process = session.workerProcess, process != last, !session.running.isEmpty else {
                try? await Task.sleep(for: .milliseconds(1))
                continue
            }
            try? await Task.sleep(for: .seconds(longest * share()))
            // The job may have ended meanwhile, the process lives on.
            guard !Task.isCancelled, session.workerProcess == process, kill(process, SIGKILL) == 0 else { continue }
            last = process
            state.withLock {
                $0.left -= 1
                $0.killed += 1
            }
        }
    }

    /// 0…1, by SplitMix64.
    private func share() -> Double {
        state.withLock { state in
            state.random &+= 0x9E37_79B9_7F4A_7C15
            var z = state.random
            z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
            return Double((z ^ z >> 31) >> 11) / 0x1p53
        }
    }
}
