import Foundation

/// The line that shows how far a node is: name, bar, step, rate and remaining time.
struct ProgressLine {
    /// What a person calls the node.
    var name: String
    /// Steps done, and how many there are.
    var step: Int
    var total: Int
    /// Steps done in `seconds`; fewer than `step` where the run began in the middle.
    var stepsSinceStart: Int
    /// Since the node's first report.
    var seconds: Double

    /// At most `width` columns, the bar taking what the text leaves.
    func text(width: Int) -> String {
        let counts = " \(step)/\(total)"
        var times = ""
        if stepsSinceStart > 0, seconds > 0 {
            let rate = Double(stepsSinceStart) / seconds
            times = rate >= 1 ? String(format: "  %.1f steps/s", rate) : String(format: "  %.1f s/step", 1 / rate)
            times += "  " + Self.duration(Double(total - step) / rate) + " left"
        }
        let label = name.count > 24 ? String(name.prefix(23)) + "…" : name
        let room = min(40, width - label.count - counts.count - times.count - 5)
        guard room >= 4 else { return String((label + counts + times).prefix(max(width - 1, 0))) }
        let done = total > 0 ? min(room, room * step / total) : 0
        let bar = String(repeating: "█", count: done) + String(repeating: "░", count: room - done)
        return "\(label)  \(bar)\(counts)\(times)"
    }

    /// `7 s`, `3:05`, `1:02:40`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 360_000 else { return "?" }
        let whole = Int(seconds.rounded(.up))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return String(format: "%d:%02d", whole / 60, whole % 60) }
        return String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
    }
}
