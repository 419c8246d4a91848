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
        var queue = MergeQueue()
        func candidate(_ left: Int) -> MergeQueue.Candidate? {
            let right = next[left]
            guard right < tokens.count, let token = merged(tokens[left], tokens[right]) else { return nil }
            return MergeQueue.Candidate(token: token, left: Int32(left), leftToken: tokens[left], rightToken: tokens[right])
        }
        for left in 0..<last { if let pair = candidate(left) { queue.push(pair) } }
        while let pair = queue.pop() {
            let left = Int(pair.left)
            let right = next[left]
            // One of the two was merged otherwise in the meantime.
            guard tokens[left] == pair.leftToken, right < tokens.count, tokens[right] == pair.rightToken else { continue }
            tokens[left] = pair.token
            tokens[right] = -1
            next[left] = next[right]
            if next[left] < tokens.count { previous[next[left]] = left }
            if let pair = candidate(left) { queue.push(pair) }
            if previous[left] >= 0, let pair = candidate(previous[left]) { queue.push(pair) }
        }
        return tokens.filter { $0 >= 0 }
    }
}

/// A binary heap of possible merges, the one to do first on top.
private struct MergeQueue {
    struct Candidate {
        /// What the merge makes; lower ones come first.
        var token: Int32
        /// Place of the left neighbour; further left comes first.
        var left: Int32
        /// What stood there when the candidate was found.
        var leftToken, rightToken: Int32

        func precedes(_ other: Candidate) -> Bool { (token, left) < (other.token, other.left) }
    }

    private var heap: [Candidate] = []

    mutating func push(_ candidate: Candidate) {
        heap.append(candidate)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> Candidate? {
        guard let top = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return top }
        heap[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].precedes(heap[smallest]) {
                smallest = child
            }
            if smallest == parent { return top }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
