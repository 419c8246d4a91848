/// Where the nodes of a graph go when it is laid out from left to right.
///
/// A node's column is one right of the rightmost node it takes something from. Within a column nodes are ordered by where their
/// sources lie (Sugiyama et al. 1981, one sweep), so that most links run straight.
struct GraphLayers {
    /// Node indices by column, in order from the top.
    private(set) var columns: [[Int]] = []

    /// - Parameter sources: for each node the nodes it takes something from.
    init(sources: [[Int]]) {
        let depth = Self.depths(sources)
        columns = Array(repeating: [], count: (depth.max() ?? -1) + 1)
        for (node, column) in depth.enumerated() { columns[column].append(node) }
        var row = [Double](repeating: 0, count: sources.count)
        for column in columns.indices {
            if column > 0 {
                let centre = columns[column].map { node in
                    let rows = sources[node].map { row[$0] }
                    return (node: node, centre: rows.isEmpty ? Double(row.count) : rows.reduce(0, +) / Double(rows.count))
                }
                columns[column] = centre.sorted { ($0.centre, $0.node) < ($1.centre, $1.node) }.map(\.node)
            }
            for (index, node) in columns[column].enumerated() { row[node] = Double(index) }
        }
    }

    /// Longest way from a node without sources; circles count as if their closing link weren't there.
    private static func depths(_ sources: [[Int]]) -> [Int] {
        var depth = [Int](repeating: -1, count: sources.count)
        var isOpen = [Bool](repeating: false, count: sources.count)
        for start in sources.indices where depth[start] < 0 {
            // A stack of our own: chains may be long.
            var stack = [(node: start, next: 0)]
            isOpen[start] = true
            while let top = stack.last {
                if top.next < sources[top.node].count {
                    stack[stack.count - 1].next += 1
                    let source = sources[top.node][top.next]
                    if depth[source] < 0, !isOpen[source] {
                        isOpen[source] = true
                        stack.append((source, 0))
                    }
                } else {
                    depth[top.node] = (sources[top.node].map { depth[$0] }.max() ?? -1) + 1
                    isOpen[top.node] = false
                    stack.removeLast()
                }
            }
        }
        return depth
    }
}
