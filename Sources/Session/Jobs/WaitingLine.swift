/// What waits, in the order in which it will be served: what was put in front, then by priority, and among equals the submitters in turn.
///
/// Of one submitter, what came first goes first. A submitter with a thousand things waiting doesn't keep another one's single thing
/// waiting for longer than one of them takes.
public struct WaitingLine<Item> {
    fileprivate struct Entry {
        var id: JobID
        var item: Item
        var submitter: String
        var priority: Double
        var isInFront: Bool
        /// Rising with each arrival.
        var arrival: UInt64
    }

    private var entries: [Entry] = []
    private var arrivals: UInt64 = 0
    /// When each submitter was served last.
    private var served: [String: UInt64] = [:]
    private var turn: UInt64 = 0
    public let capacity: Int

    public init(capacity: Int) { self.capacity = capacity }

    public var count: Int { entries.count }
    public var isEmpty: Bool { entries.isEmpty }

    /// Puts something into the line.
    ///
    /// - Parameter inFront: before everything that is there, whatever its priority.
    /// - Returns: false when the line is full.
    public mutating func append(_ item: Item, id: JobID, submitter: String, priority: Double, inFront: Bool = false) -> Bool {
        guard entries.count < capacity else { return false }
        arrivals += 1
        entries.append(
            Entry(id: id, item: item, submitter: submitter, priority: priority, isInFront: inFront, arrival: arrivals))
        return true
    }

    /// Takes out what is served next.
    public mutating func popFirst() -> Item? {
        guard let index = next(among: Array(entries.indices), served) else { return nil }
        let entry = entries.remove(at: index)
        turn += 1
        served[entry.submitter] = turn
        // Who has nothing left to be fair to is forgotten now and then.
        if served.count > 1000 {
            let waiting = Set(entries.map(\.submitter))
            served = served.filter { waiting.contains($0.key) }
        }
        return entry.item
    }

    /// Takes something out of the line, wherever it is.
    public mutating func remove(_ id: JobID) -> Item? {
        entries.firstIndex { $0.id == id }.map { entries.remove(at: $0).item }
    }

    /// Takes everything out.
    public mutating func removeAll() -> [Item] {
        defer { entries = [] }
        return entries.sorted { $0.arrival < $1.arrival }.map(\.item)
    }

    /// Puts something that waits already before everything else.
    ///
    /// - Returns: false when it doesn't wait.
    public mutating func moveToFront(_ id: JobID) -> Bool {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return false }
        arrivals += 1
        (entries[index].isInFront, entries[index].arrival) = (true, arrivals)
        return true
    }

    /// Gives something that waits another priority.
    ///
    /// - Returns: false when it doesn't wait.
    public mutating func setPriority(_ priority: Double, of id: JobID) -> Bool {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return false }
        (entries[index].priority, entries[index].isInFront) = (priority, false)
        return true
    }

    /// How many are served before this one, if nothing else comes; `nil` when it doesn't wait.
    public func place(of id: JobID) -> Int? {
        guard entries.contains(where: { $0.id == id }) else { return nil }
        return order.firstIndex { $0 == id }
    }

    /// All that waits, in the order in which it will be served if nothing else comes.
    public var order: [JobID] {
        // Each submitter's own things are in order; of those at the heads, the next is told by who was served longest ago.
        var rest = Array(entries.indices)
        var served = served, turn = turn
        var order: [JobID] = []
        order.reserveCapacity(rest.count)
        let front = rest.filter { entries[$0].isInFront }.sorted { entries[$0].arrival > entries[$1].arrival }
        for index in front {
            turn += 1
            served[entries[index].submitter] = turn
            order.append(entries[index].id)
        }
        rest.removeAll { entries[$0].isInFront }
        let byPriority = Dictionary(grouping: rest) { entries[$0].priority }
        for priority in byPriority.keys.sorted() {
            var queues = Dictionary(grouping: byPriority[priority, default: []]) { entries[$0].submitter }
                .mapValues { Array($0.sorted { entries[$0].arrival < entries[$1].arrival }.reversed()) }
            while let submitter = queues.keys.min(by: { isBefore($0, $1, queues, served) }) {
                guard let index = queues[submitter]?.popLast() else { break }
                if queues[submitter]?.isEmpty == true { queues[submitter] = nil }
                turn += 1
                served[submitter] = turn
                order.append(entries[index].id)
            }
        }
        return order
    }

    private func isBefore(_ a: String, _ b: String, _ queues: [String: [Int]], _ served: [String: UInt64]) -> Bool {
        let turns = (served[a] ?? 0, served[b] ?? 0)
        if turns.0 != turns.1 { return turns.0 < turns.1 }
        return (queues[a]?.last.map { entries[$0].arrival } ?? 0) < (queues[b]?.last.map { entries[$0].arrival } ?? 0)
    }

    private func next(among indices: [Int], _ served: [String: UInt64]) -> Int? {
        indices.min { a, b in
            let (a, b) = (entries[a], entries[b])
            if a.isInFront != b.isInFront { return a.isInFront }
            if a.isInFront { return a.arrival > b.arrival }
            if a.priority != b.priority { return a.priority < b.priority }
            let turns = (served[a.submitter] ?? 0, served[b.submitter] ?? 0)
            if turns.0 != turns.1 { return turns.0 < turns.1 }
            return a.arrival < b.arrival
        }
    }
}

extension WaitingLine: Sendable where Item: Sendable {}
extension WaitingLine.Entry: Sendable where Item: Sendable {}
