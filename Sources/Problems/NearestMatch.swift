/// Finds what somebody probably meant.
public enum NearestMatch {
    /// The candidate nearest to `name`, if it is near enough to be a likely slip.
    ///
    /// Near enough: at most a third of the letters differ (insertions, deletions, substitutions, swapped neighbours;
    /// case doesn't count), or one name contains the other.
    /// The first of equally near candidates wins.
    public static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().unicodeScalars.prefix(maximumLength))
        guard !wanted.isEmpty else { return nil }
        let allowed = wanted.count / 3
        var best: (distance: Int, name: String)?
        var contained: String?
        for candidate in candidates {
            let letters = Array(candidate.lowercased().unicodeScalars.prefix(maximumLength))
            if abs(letters.count - wanted.count) <= allowed {
                let limit = min(allowed, (best?.distance ?? .max) - 1)
                if let distance = editDistance(wanted, letters, limit: limit) { best = (distance, candidate) }
                if best?.distance == 0 { break }
            }
            if contained == nil, wanted.count >= 4, letters.count >= 4,
                String(String.UnicodeScalarView(letters)).contains(String(String.UnicodeScalarView(wanted)))
                    || (letters.count * 2 >= wanted.count
                        && String(String.UnicodeScalarView(wanted)).contains(String(String.UnicodeScalarView(letters))))
            {
                contained = candidate
            }
        }
        return best?.name ?? contained
    }

    /// Longer names are compared by their beginning: the cost is quadratic.
    private static let maximumLength = 64

    /// Optimal string alignment distance, or `nil` above `limit`.
    private static func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar], limit: Int) -> Int? {
        guard limit >= 0 else { return nil }
        var beforePrevious = [Int](repeating: 0, count: b.count + 1)
        var previous = Array(0...b.count)
        for i in 0..<a.count {
            var current = [i + 1]
            current.reserveCapacity(b.count + 1)
            for j in 0..<b.count {
                var cost = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    cost = min(cost, beforePrevious[j - 1] + 1)
                }
                current.append(cost)
            }
            if let least = current.min(), least > limit { return nil }
            beforePrevious = previous
            previous = current
        }
        return previous[b.count] <= limit ? previous[b.count] : nil
    }
}

extension NearestMatch {
    /// `did you mean "x"?`, or the whole list when it is short, or nothing.
    public static func hint(for name: String, among candidates: [String], called kind: String) -> String? {
        if let near = of(name, among: candidates) { return "did you mean \"\(near)\"?" }
        if candidates.isEmpty || candidates.count > 12 { return nil }
        return "\(kind): \(candidates.joined(separator: ", "))"
    }
}
