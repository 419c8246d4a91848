import Cancellations
import Pictures
import Synchronization
import Testing

@Suite("Pictures of a batch, encoded on all cores") struct ParallelEncodingTests {
    @Test("bytes come in order, each once, whoever is quicker", arguments: [0, 1, 2, 7, 40])
    func order(count: Int) throws {
        let calls = Atomic<Int>(0)
        var found: [Int] = []
        try ParallelEncoding.forEach(count) { index in
            calls.add(1, ordering: .relaxed)
            // The first of each few takes longest.
            var x = 0
            for step in 0..<(index % 2 == 0 ? 100_000 : 10) { x ^= step }
            return [UInt8(index), UInt8(x & 0)]
        } done: { index, bytes in
            #expect(bytes == [UInt8(index), 0])
            found.append(index)
        }
        #expect(found == Array(0..<count) && calls.load(ordering: .relaxed) == count)
    }

    @Test("an error ends it after the pictures before were written")
    func failure() {
        struct Bad: Error {}
        var found: [Int] = []
        #expect(throws: Bad.self) {
            try ParallelEncoding.forEach(20) { index in
                if index == 5 { throw Bad() }
                return []
            } done: { index, _ in
                found.append(index)
            }
        }
        #expect(found == [0, 1, 2, 3, 4])
    }

    @Test("a request to stop reaches those that encode")
    func stopping() {
        let cancellation = Cancellation()
        #expect(throws: CancellationError.self) {
            try cancellation.whileCurrent {
                try ParallelEncoding.forEach(10) { index in
                    if index == 1 { Cancellation.current?.cancel() }
                    try Cancellation.check()
                    return []
                } done: { _, _ in
                }
            }
        }
        #expect(cancellation.isCancelled)
    }
}
