extension Problem {
    /// Place and sentence, without the remedy: `model.safetensors, byte 812: shape [2, 3] needs 24 bytes, its range holds 20`.
    public var headline: String {
        let place = location.description
        return place.isEmpty ? reason : "\(place): \(reason)"
    }

    /// All of it in one line: place, sentence, cause, and the remedy in brackets.
    public var description: String {
        headline + (cause.map { ", because \($0)" } ?? "") + (hint.map { " (\($0))" } ?? "")
    }

    /// All of it for a terminal: the headline, then a line each for its causes and for the nearest remedy.
    public var report: String {
        var lines = [headline]
        var hint = self.hint
        var next = cause
        while let error = next {
            guard let problem = error as? any Problem else {
                lines.append("    because \(error)")
                break
            }
            lines.append("    because \(problem.headline)")
            hint = hint ?? problem.hint
            next = problem.cause
        }
        if let hint { lines.append("    hint: \(hint)") }
        return lines.joined(separator: "\n")
    }
}
