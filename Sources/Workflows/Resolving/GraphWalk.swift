/// Orders a graph and finds its cycles, without recursion: a chain of 100,000 nodes is an ordinary workflow to it.
package struct GraphWalk {
    /// For each node, the nodes it takes values from.
    let sources: [[Int]]
    /// Sources before what uses them; nodes of a cycle somewhere. In document order otherwise.
    private(set) var order: [Int] = []

    package init(sources: [[Int]]) { self.sources = sources }

    /// Which nodes are needed for some, themselves among them; `extra` are further sources by node.
    package func reachable(from starts: [Int], beside extra: [Int: [Int]] = [:]) -> [Bool] {
        var seen = [Bool](repeating: false, count: sources.count)
        var waiting = starts
        while let node = waiting.popLast() {
            if seen[node] { continue }
            seen[node] = true
            for source in sources[node] where !seen[source] { waiting.append(source) }
            if !extra.isEmpty { waiting += extra[node] ?? [] }
        }
        return seen
    }

    /// Fills `order`, and returns the cycles that were met: each as nodes where every one takes a value from the next,
    /// and the last from the first.
    mutating func sort() -> [[Int]] {
        enum Mark: UInt8 { case new, open, done }
        var marks = [Mark](repeating: .new, count: sources.count)
        var cycles: [[Int]] = []
        order.reserveCapacity(sources.count)
        var path: [(node: Int, next: Int)] = []
        for start in sources.indices where marks[start] == .new {
            path.append((start, 0))
            marks[start] = .open
            while let (node, next) = path.last {
                if next == sources[node].count {
                    marks[node] = .done
                    order.append(node)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let source = sources[node][next]
                switch marks[source] {
                case .new:
                    marks[source] = .open
                    path.append((source, 0))
                case .open:
                    if let from = path.firstIndex(where: { $0.node == source }) { cycles.append(path[from...].map(\.node)) }
                case .done: break
                }
            }
        }
        return cycles
    }
}
