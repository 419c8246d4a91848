import Session
import Testing

@Suite("What waits") struct WaitingLineTests {
    /// A line of items named like their jobs.
    private func line(_ entries: [(id: String, submitter: String, priority: Double)], capacity: Int = 100) -> WaitingLine<String> {
        var line = WaitingLine<String>(capacity: capacity)
        for entry in entries {
            _ = line.append(entry.id, id: JobID(entry.id), submitter: entry.submitter, priority: entry.priority)
        }
        return line
    }

    private func served(_ line: WaitingLine<String>) -> [String] {
        var line = line
        var order: [String] = []
        while let next = line.popFirst() { order.append(next) }
        return order
    }

    @Test("one submitter is served in the order of arrival, smaller priorities before larger ones")
    func order() {
        #expect(served(line([("a", "", 0), ("b", "", 0), ("c", "", 0)])) == ["a", "b", "c"])
        #expect(served(line([("a", "", 1), ("b", "", 0), ("c", "", -2), ("d", "", 0)])) == ["c", "b", "d", "a"])
    }

    @Test("submitters of equal priority take turns")
    func fairness() {
        let entries =
            (1...4).map { (id: "a\($0)", submitter: "ann", priority: 0.0) } + [("b1", "bob", 0), ("c1", "cy", 0), ("b2", "bob", 0)]
        #expect(served(line(entries)) == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"])
    }

    @Test("who comes new doesn't wait for what somebody else put there before")
    func newcomer() {
        var line = line((1...5).map { (id: "a\($0)", submitter: "ann", priority: 0.0) })
        #expect(line.popFirst() == "a1")
        _ = line.append("b1", id: JobID("b1"), submitter: "bob", priority: 0)
        #expect(line.place(of: JobID("b1")) == 0)
        #expect(line.popFirst() == "b1")
    }

    @Test("the front is before all priorities, the latest first")
    func front() {
        var line = line([("a", "", -5), ("b", "", 0), ("c", "", 3)])
        _ = line.append("d", id: JobID("d"), submitter: "", priority: 9, inFront: true)
        let moved1 = line.moveToFront(JobID("c"))
        #expect(moved1)
        let moved2 = line.moveToFront(JobID("nobody"))
        #expect(!moved2)
        #expect(served(line) == ["c", "d", "a", "b"])
        let moved3 = line.setPriority(-9, of: JobID("b"))
        #expect(moved3)
        #expect(served(line) == ["c", "d", "b", "a"])
    }

    @Test("the foretold order is the one in which it is served, whatever is in it")
    func foretold() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var line = WaitingLine<String>(capacity: 100)
            for number in 0..<Int.random(in: 0...20, using: &generator) {
                _ = line.append(
                    "\(number)", id: JobID("\(number)"), submitter: "\(Int.random(in: 0..<4, using: &generator))",
                    priority: Double(Int.random(in: 0..<3, using: &generator)), inFront: Int.random(in: 0..<6, using: &generator) == 0)
                if Int.random(in: 0..<5, using: &generator) == 0 { _ = line.popFirst() }
            }
            let foretold = line.order.map(\.text)
            #expect(served(line) == foretold)
            for (place, id) in foretold.enumerated() { #expect(line.place(of: JobID(id)) == place) }
        }
    }

    @Test("it takes no more than it may")
    func bound() {
        var line = line([("a", "", 0), ("b", "", 0)], capacity: 2)
        let moved4 = line.append("c", id: JobID("c"), submitter: "", priority: 0, inFront: true)
        #expect(!moved4)
        #expect(line.remove(JobID("a")) == "a")
        #expect(line.remove(JobID("a")) == nil)
        let taken1 = line.append("c", id: JobID("c"), submitter: "", priority: 0)
        #expect(taken1)
        #expect(line.count == 2)
    }
}
