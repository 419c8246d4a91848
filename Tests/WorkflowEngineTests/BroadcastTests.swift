import Synchronization
import Testing

@testable import WorkflowEngine

@Suite("Telling many") struct BroadcastTests {
    /// `p…` passes with its topic, `d…` is a detail, `r…` a result; `-x` at the end ends topic x.
    private func broadcast(passing: Int = 4, kept: Int = 1000) -> Broadcast<String> {
        Broadcast(limits: .init(passing: passing, kept: kept)) { text in
            let ends = text.contains("-") ? String(text.last ?? " ") : nil
            return switch text.first {
            case "p": .passing(topic: String(text.last ?? " "))
            case "d": .detail(ends: ends)
            default: .result(ends: ends)
            }
        }
    }

    private func all(_ events: BroadcastEvents<String>) async -> [String] { await events.reduce(into: []) { $0.append($1) } }

    @Test("every reader gets everything, in order")
    func everybody() async {
        let broadcast = broadcast(passing: 100)
        let readers = (0..<5).map { _ in broadcast.events() }
        let told = (0..<50).flatMap { ["d\($0)", "p\($0)x", "r\($0)"] }
        async let first = all(readers[0])
        for text in told { broadcast.send { _ in text } }
        broadcast.finish()
        #expect(await first == told)
        for reader in readers.dropFirst() { #expect(await all(reader) == told) }
    }

    @Test("who comes late gets what still matters: details, results, and the latest of what goes on")
    func late() async {
        let broadcast = broadcast()
        for text in ["d1", "p1x", "p2x", "p1y", "r1", "p2y", "d2-y", "p3x"] { broadcast.send { _ in text } }
        let reader = broadcast.events(), again = broadcast.events(after: 5)
        broadcast.finish()
        #expect(await all(reader) == ["d1", "r1", "d2-y", "p3x"])
        #expect(await all(again) == ["d2-y", "p3x"])
        #expect(await all(broadcast.events()) == ["d1", "r1", "d2-y", "p3x"], "after the end, too")
    }

    @Test("who is slow loses the oldest of what passes, and nothing else")
    func slow() async {
        let broadcast = broadcast(passing: 3)
        let reader = broadcast.events()
        for number in 0..<100 {
            broadcast.send { _ in "p\(number)x" }
            if number % 25 == 0 { broadcast.send { _ in "r\(number)" } }
        }
        broadcast.finish()
        #expect(await all(reader) == ["r0", "r25", "r50", "r75", "p97x", "p98x", "p99x"])
        #expect(reader.lost == 97)
    }

    @Test("memory is bounded: old details go, results only when they were read")
    func bounded() async {
        let broadcast = broadcast(kept: 100)
        let reader = broadcast.events()
        for number in 0..<1000 {
            broadcast.send { _ in "d\(number)" }
            broadcast.send { _ in "r\(number)" }
        }
        let late = broadcast.events()
        broadcast.finish()
        let read = await all(reader)
        #expect(read.filter { $0.hasPrefix("r") } == (0..<1000).map { "r\($0)" })
        #expect(read.count { $0.hasPrefix("d") } <= 100)
        #expect(await all(late).last == "r999")
        let unread = self.broadcast(kept: 100)
        for number in 0..<1000 { unread.send { _ in "r\(number)" } }
        unread.finish()
        let rest = await all(unread.events())
        #expect(rest.count <= 100 && rest.last == "r999")
    }

    @Test("a reader that is cancelled ends, and one that goes away is forgotten")
    func leaving() async {
        let broadcast = broadcast()
        let task = Task { await all(broadcast.events()) }
        while broadcast.readerCount == 0 { await Task.yield() }
        broadcast.send { _ in "r1" }
        task.cancel()
        #expect(await task.value.count <= 1)
        #expect(broadcast.readerCount == 0)
    }

    @Test("readers and tellers on many threads lose nothing")
    func crowd() async {
        let broadcast = broadcast()
        let readers = (0..<8).map { _ in broadcast.events() }
        await withTaskGroup(of: [String].self) { group in
            for reader in readers { group.addTask { await all(reader) } }
            await withTaskGroup(of: Void.self) { tellers in
                for teller in 0..<4 {
                    tellers.addTask { for number in 0..<500 { broadcast.send { _ in "r\(teller).\(number)" } } }
                }
            }
            broadcast.finish()
            for await read in group {
                #expect(read.count == 2000)
                for teller in 0..<4 {
                    #expect(read.filter { $0.hasPrefix("r\(teller).") } == (0..<500).map { "r\(teller).\($0)" })
                }
            }
        }
    }
}

@Suite("The lane") struct ComputeLaneTests {
    @Test("work is done in the order in which it was handed over, one thing at a time")
    func order() async throws {
        let lane = ComputeLane(capacity: 10_000)
        let done = Mutex<[Int]>([]), atOnce = Atomic<Int>(0), most = Atomic<Int>(0)
        await withCheckedContinuation { continuation in
            for number in 0..<1000 {
                try? lane.submit {
                    most.max(atOnce.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
                    done.withLock { $0.append(number) }
                    atOnce.subtract(1, ordering: .relaxed)
                    if number == 999 { continuation.resume() }
                }
            }
        }
        #expect(done.withLock { $0 } == Array(0..<1000))
        #expect(most.load(ordering: .relaxed) == 1)
    }

    @Test("a full lane says so, and what it took is done, also when the lane goes away")
    func full() async throws {
        let isOpen = Atomic<Bool>(false), count = Atomic<Int>(0)
        do {
            let lane = ComputeLane(capacity: 2)
            try lane.submit { while !isOpen.load(ordering: .acquiring) {} }
            while lane.waiting > 0 { await Task.yield() }
            for _ in 0..<2 { try lane.submit { count.add(1, ordering: .relaxed) } }
            #expect(throws: LaneError.full(capacity: 2)) { try lane.submit {} }
            isOpen.store(true, ordering: .releasing)
        }
        while count.load(ordering: .relaxed) < 2 { await Task.yield() }
    }
}
