internal import Glibc
internal import Synchronization
internal import Workflows

/// The choices made among the options of prompts: the same seed makes the same ones, so a workflow stays the same from run to run.
final class PromptChoices: Sendable {
    private let state: Mutex<UInt64>

    init(seed: UInt64) { state = Mutex(seed) }

    /// SplitMix64 (Steele et al. 2014).
    func index(below count: Int) -> Int {
        guard count > 1 else { return 0 }
        return state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
            return Int((z ^ z >> 31) % UInt64(count))
        }
    }
}

extension ClockTime {
    /// The local time.
    static var now: ClockTime {
        var seconds = time(nil)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return ClockTime(
            year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday), hour: Int(parts.tm_hour),
            minute: Int(parts.tm_min), second: Int(parts.tm_sec))
    }
}
