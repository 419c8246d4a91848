internal import DequeModule
internal import Synchronization

/// How long something that was told matters.
public enum Retention: Sendable, Hashable {
    /// Until the next one about the same topic: progress, previews. Slow readers lose the oldest of them first.
    case passing(topic: String)
    /// Told to readers who come later, too, while there is room. It ends a topic, where it names one.
    case detail(ends: String? = nil)
    /// What something came to: a file, a failure, an end. Never lost to somebody who reads.
    case result(ends: String? = nil)
}

/// Tells what happens to any number of readers, each at its own pace, also to those who come later.
///
/// Memory is bounded: what is passing is kept once for latecomers and a few times for each reader; details up to a limit, after which
/// the oldest go; results beyond the limit as soon as everybody has read them.
public final class Broadcast<Element: Sendable>: Sendable {
    /// What is kept.
    public struct Limits: Sendable {
        /// Passing things that wait for one reader.
        public var passing = 64
        /// Details that are kept, and as many results.
        public var kept = 20_000

        public init(passing: Int = 64, kept: Int = 20_000) {
            self.passing = max(1, passing)
            self.kept = max(1, kept)
        }
    }

    private let limits: Limits
    private let retention: @Sendable (Element) -> Retention
    private let state = Mutex(State())

    private struct Entry {
        var sequence: UInt64
        var element: Element
        var isResult = false
    }

    private struct Reader {
        /// Of what is kept, everything up to this number has been read.
        var position: UInt64
        /// How many passing things may wait for it.
        var room: Int
        var passing = Deque<Entry>()
        var lost = 0
        var isCancelled = false
        var waiting: CheckedContinuation<Element?, Never>?
    }

    private struct State {
        var last: UInt64 = 0
        var kept = Deque<Entry>()
        var details = 0
        /// How much has to be kept before it is worth looking for results that everybody has read.
        var worthLooking = 0
        var latest: [String: Entry] = [:]
        var readers: [UInt64: Reader] = [:]
        var lastReader: UInt64 = 0
        var isFinished = false
    }

    /// - Parameter retention: how long an element matters; asked once for each.
    public init(limits: Limits = Limits(), retention: @escaping @Sendable (Element) -> Retention) {
        self.limits = limits
        self.retention = retention
    }

    // MARK: Telling

    /// Tells something to everybody.
    ///
    /// - Parameter make: gets the number of it: 1, 2, 3 … in the order in which readers see them.
    public func send(_ make: (_ sequence: UInt64) -> Element) {
        let woken = state.withLock { state -> [(CheckedContinuation<Element?, Never>, Element?)] in
            guard !state.isFinished else { return [] }
            state.last += 1
            let element = make(state.last)
            keep(element, in: &state)
            return wake(in: &state)
        }
        for (waiting, element) in woken { waiting.resume(returning: element) }
    }

    /// Nothing more will be told. Readers end when they have read what there is.
    public func finish() {
        let woken = state.withLock { state in
            state.isFinished = true
            return wake(in: &state)
        }
        for (waiting, element) in woken { waiting.resume(returning: element) }
    }

    private func keep(_ element: Element, in state: inout State) {
        var entry = Entry(sequence: state.last, element: element)
        switch retention(element) {
        case .passing(let topic):
            state.latest[topic] = entry
            for id in state.readers.keys {
                if let reader = state.readers[id], reader.passing.count >= reader.room {
                    state.readers[id]?.passing.removeFirst()
                    state.readers[id]?.lost += 1
                }
                state.readers[id]?.passing.append(entry)
            }
            return
        case .detail(let topic):
            state.details += 1
            if let topic { state.latest[topic] = nil }
        case .result(let topic):
            entry.isResult = true
            if let topic { state.latest[topic] = nil }
        }
        state.kept.append(entry)
        let results = state.kept.count - state.details
        if state.details > limits.kept || (results > limits.kept && state.kept.count > state.worthLooking) { forget(in: &state) }
    }

    /// Drops the older half of what there is too much of.
    private func forget(in state: inout State) {
        var details = max(0, state.details - limits.kept / 2)
        if state.details <= limits.kept { details = 0 }
        var results = state.kept.count - state.details > limits.kept ? state.kept.count - state.details - limits.kept / 2 : 0
        let read = state.readers.values.map(\.position).min() ?? .max
        state.kept = Deque(
            state.kept.filter { entry in
                if entry.isResult {
                    guard results > 0, entry.sequence <= read else { return true }
                    results -= 1
                } else {
                    guard details > 0 else { return true }
                    details -= 1
                    state.details -= 1
                }
                return false
            })
        state.worthLooking = state.kept.count + limits.kept / 2
    }

    private func wake(in state: inout State) -> [(CheckedContinuation<Element?, Never>, Element?)] {
        var woken: [(CheckedContinuation<Element?, Never>, Element?)] = []
        for (id, reader) in state.readers {
            guard let waiting = reader.waiting else { continue }
            let next = Self.next(for: id, in: &state)
            guard next != nil || state.isFinished else { continue }
            state.readers[id]?.waiting = nil
            woken.append((waiting, next))
        }
        return woken
    }

    // MARK: Reading

    /// Everything from now on, after what still matters of what was told before.
    ///
    /// - Parameters:
    ///   - sequence: the last number that is known already; what was told up to it isn't told again.
    ///   - passing: how many passing things may wait for this reader, where that isn't the usual number: for one who needs all of them
    ///     and reads at once.
    public func events(after sequence: UInt64 = 0, passing: Int? = nil) -> BroadcastEvents<Element> {
        let id = state.withLock { state in
            state.lastReader += 1
            var reader = Reader(position: sequence, room: max(1, passing ?? limits.passing))
            reader.passing = Deque(state.latest.values.filter { $0.sequence > sequence }.sorted { $0.sequence < $1.sequence })
            state.readers[state.lastReader] = reader
            return state.lastReader
        }
        return BroadcastEvents(place: BroadcastEvents.Place(id: id, broadcast: self))
    }

    /// How many read.
    public var readerCount: Int { state.withLock { $0.readers.count } }

    /// The next thing for a reader; `nil` when there is none yet.
    private static func next(for id: UInt64, in state: inout State) -> Element? {
        guard let reader = state.readers[id] else { return nil }
        // The first that is kept behind the reader's position: numbers rise.
        var low = state.kept.startIndex, high = state.kept.endIndex
        while low < high {
            let middle = (low + high) / 2
            if state.kept[middle].sequence <= reader.position { low = middle + 1 } else { high = middle }
        }
        let kept = low < state.kept.endIndex ? state.kept[low] : nil
        if let passing = reader.passing.first, passing.sequence < kept?.sequence ?? .max {
            state.readers[id]?.passing.removeFirst()
            return passing.element
        }
        guard let kept else { return nil }
        state.readers[id]?.position = kept.sequence
        return kept.element
    }

    fileprivate func next(for id: UInt64) async -> Element? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome = state.withLock { state -> (Element?, isReady: Bool) in
                    guard let reader = state.readers[id], !reader.isCancelled else { return (nil, true) }
                    if let element = Self.next(for: id, in: &state) { return (element, true) }
                    if state.isFinished { return (nil, true) }
                    state.readers[id]?.waiting = continuation
                    return (nil, false)
                }
                if outcome.isReady { continuation.resume(returning: outcome.0) }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                state.readers[id]?.isCancelled = true
                defer { state.readers[id]?.waiting = nil }
                return state.readers[id]?.waiting
            }
            waiting?.resume(returning: nil)
        }
    }

    fileprivate func leave(_ id: UInt64) { state.withLock { $0.readers[id] = nil } }
    fileprivate func lost(_ id: UInt64) -> Int { state.withLock { $0.readers[id]?.lost ?? 0 } }
}

/// One reader's view of a broadcast. It keeps its place from the moment it was asked for, so that nothing is missed before the loop begins.
///
/// For one task at a time; whoever else wants to read asks for events of its own.
public struct BroadcastEvents<Element: Sendable>: AsyncSequence, Sendable {
    fileprivate let place: Place

    /// A reader's place among the others, given up with the last reference.
    fileprivate final class Place: Sendable {
        let id: UInt64
        let broadcast: Broadcast<Element>

        init(id: UInt64, broadcast: Broadcast<Element>) {
            self.id = id
            self.broadcast = broadcast
        }

        deinit { broadcast.leave(id) }
    }

    /// How many passing things this reader was too slow for.
    public var lost: Int { place.broadcast.lost(place.id) }

    public func makeAsyncIterator() -> Iterator { Iterator(place: place) }

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let place: Place

        /// `nil` when everything was told, or when the reader's task was cancelled.
        public mutating func next() async -> Element? { await place.broadcast.next(for: place.id) }
    }
}
