internal import HeapModule

extension CLIPVocabulary {
    /// A word as tokens: its bytes, neighbours merged in the order of the vocabulary until none merge.
    ///
    /// Works through a queue of mergeable neighbours, lowest token first, leftmost first among equals. That is the same as
    /// merging every occurrence of the lowest pair, pass by pass, because a merge's token is higher than its parts, so no new
    /// pair ever comes before one in the queue; and it stays fast for "words" of a million letters.
    ///
    /// - Parameter word: UTF-8, not empty.
    func tokens(ofWord word: some Collection<UInt8>) -> [Int32] {
        var tokens = word.map { byteTokens[Int($0)] }
        guard let last = tokens.indices.last else { return [] }
        tokens[last] += 256
        guard tokens.count > 1 else { return tokens }

        // A doubly linked list over the array; a merged-away place holds -1.
        var next = Array(1...tokens.count)
        var previous = Array(-1..<tokens.count - 1)
        var queue = Heap<Merge>()
        func candidate(_ left: Int) -> Merge? {
            let right = next[left]
            guard right < tokens.count, let token = merged(tokens[left], tokens[right]) else { return nil }
            return Merge(token: token, left: Int32(left), leftToken: tokens[left], rightToken: tokens[right])
        }
        for left in 0..<last { if let pair = candidate(left) { queue.insert(pair) } }
        while let pair = queue.popMin() {
            let left = Int(pair.left)
            let right = next[left]
            // One of the two was merged otherwise in the meantime.
            guard tokens[left] == pair.leftToken, right < tokens.count, tokens[right] == pair.rightToken else { continue }
            tokens[left] = pair.token
            tokens[right] = -1
            next[left] = next[right]
            if next[left] < tokens.count { previous[next[left]] = left }
            if let pair = candidate(left) { queue.insert(pair) }
            if previous[left] >= 0, let pair = candidate(previous[left]) { queue.insert(pair) }
        }
        return tokens.filter { $0 >= 0 }
    }
}

/// A possible merge; the one to do first is the smallest.
private struct Merge: Comparable {
    /// What the merge makes; lower ones come first.
    var token: Int32
    /// Place of the left neighbour; further left comes first.
    var left: Int32
    /// What stood there when the merge was found.
    var leftToken, rightToken: Int32

    static func < (one: Merge, other: Merge) -> Bool { (one.token, one.left) < (other.token, other.left) }
}
