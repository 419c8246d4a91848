/// Tokens between percent signs in the file prefix of a save node, as ComfyUI's window fills them in.
///
/// `%date:yyyy-MM-dd%` is the time of queueing; `%Node.widget%` the stored value of another node's widget. Everything else
/// (`%width%`, `%year%` …) stays for the node itself.
struct FilenameTokens {
    /// Local time when the workflow is run.
    var clock: ClockTime
    /// The stored value of a widget as text, by the node's name and the widget's; `nil` leaves the token as it is.
    var widgetText: (_ node: String, _ widget: String) -> String?

    /// Node types whose `filename_prefix` is treated this way.
    static let types: Set<String> = [
        "SaveImage", "SaveAnimatedWEBP", "SaveAnimatedPNG", "SaveWEBM", "SaveAudio", "SaveGLB", "CLIPSave", "VAESave", "ModelSave",
        "LoraSave", "SaveLatent",
    ]

    func resolve(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "%") {
            result += rest[..<open]
            let behind = rest.index(after: open)
            guard let close = rest[behind...].firstIndex(of: "%") else {
                rest = rest[open...]
                break
            }
            let token = rest[behind..<close]
            if token.isEmpty {
                // Two percent signs side by side hold nothing; the second may open a token.
                result += "%"
                rest = rest[close...]
                continue
            }
            result += replacement(token) ?? "%\(token)%"
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    private func replacement(_ token: Substring) -> String? {
        if token.hasPrefix("date:") { return clock.formatted(token.dropFirst(5)) }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        return widgetText(String(parts[0]), String(parts[1])).map(Self.safeInFileName)
    }

    /// Characters that file names can't have become underscores; only in inserted values.
    private static func safeInFileName(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    scalar.value < 32 || scalar.value == 127 || "/?<>\\:*|\"".unicodeScalars.contains(scalar) ? "_" : scalar
                }))
    }
}

/// A local time of day, as file names show it.
public struct ClockTime: Sendable, Hashable {
    public var year, month, day, hour, minute, second: Int

    public init(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second) = (hour, minute, second)
    }

    /// Replaces `d dd M MM yy yyyy h hh m mm s ss` (24 hours); everything else stays, so `dddd` is `dd` twice.
    func formatted(_ format: some StringProtocol) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let characters = Array(format)
        var result = ""
        var index = 0
        while index < characters.count {
            let letter = characters[index]
            var run = 1
            while index + run < characters.count, characters[index + run] == letter { run += 1 }
            if letter == "y" {
                // Four letters or two; a lone one is no token.
                let length = run >= 4 ? 4 : run >= 2 ? 2 : 1
                result += length == 4 ? "\(year)" : length == 2 ? two(year % 100) : "y"
                index += length
                continue
            }
            let number: Int? =
                switch letter {
                case "d": day
                case "M": month
                case "h": hour
                case "m": minute
                case "s": second
                default: nil
                }
            guard let number else {
                result.append(letter)
                index += 1
                continue
            }
            let length = min(run, 2)
            result += length == 2 ? two(number) : "\(number)"
            index += length
        }
        return result
    }
}
