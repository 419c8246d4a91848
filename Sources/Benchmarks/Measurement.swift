import Foundation
import Glibc

/// Wall-clock and processor time of some runs.
///
/// Processor time counts all threads. On a machine with other work it is the steadier of the two, but it can't see lost caches
/// and bandwidth.
struct Measurement {
    var wall: [Double] = []
    var processor: [Double] = []

    var bestWall: Double { wall.min() ?? .nan }
    var medianWall: Double { wall.isEmpty ? .nan : wall.sorted()[wall.count / 2] }
    var bestProcessor: Double { processor.min() ?? .nan }

    mutating func run(_ body: () throws -> Void) rethrows {
        let (wallStart, processorStart) = (Self.now(CLOCK_MONOTONIC), Self.now(CLOCK_PROCESS_CPUTIME_ID))
        try body()
        wall.append(Self.now(CLOCK_MONOTONIC) - wallStart)
        processor.append(Self.now(CLOCK_PROCESS_CPUTIME_ID) - processorStart)
    }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Largest resident size of this process so far, in bytes: memory of its own and pages of mapped files.
    static var peakResidentBytes: Int? { status("VmHWM:") }

    /// A line of a process's status, in bytes.
    static func status(_ key: String, of process: String = "self") -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key) }),
            let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return kilobytes * 1024
    }

    /// Runnable threads of the machine, averaged over a minute.
    static var load: Double? {
        (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?.split(separator: " ").first.flatMap { Double($0) }
    }
}

/// A number with so many digits behind the point.
func decimal(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

/// `text` at the end or the beginning of a column.
func right(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
func left(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
