import Digests
import Foundation
import Testing

@testable import WorkflowEngine
@testable import Workflows

@Suite("Shelves of records") struct RecordShelfTests {
    let folder = TemporaryFolder()

    /// Records whose keys all begin with the same byte.
    private static func records(_ range: Range<Int>, value: (Int) -> Int = { $0 }) -> [ResultRecord] {
        range.map { index in
            var bytes = Digest.of("\(index)").bytes
            bytes[0] = 0xAB
            return ResultRecord(
                key: Digest(bytes: bytes) ?? .of(""), type: "T", outputs: [[ContentStub(.integer(IntegerLiteral(Int64(value(index)))))]],
                files: [],
                texts: [], seconds: 0)
        }
    }

    private static let all = records(0..<20)

    private func shelf() -> RecordShelf { RecordShelf(folder: CacheFolder(path: folder.path), name: "ab") }

    private func values(_ shelf: RecordShelf, _ records: [ResultRecord] = all) -> [Int?] {
        records.map { record in
            shelf.record(record.key, lost: { _ in }).flatMap { ($0.outputs[0][0].inline?.value as? Int64).map { Int($0) } }
        }
    }

    private func put(_ records: [ResultRecord], on shelf: RecordShelf) throws {
        _ = try shelf.append(records.map { ($0.key, $0.encoded) })
    }

    @Test("records of several writers are found by all, and the later one of a key counts")
    func several() throws {
        let first = shelf(), second = shelf()
        #expect(values(first) == Array(repeating: nil, count: 20))
        try put(Array(Self.all[..<10]), on: first)
        try put(Array(Self.all[5...]), on: second)
        try put(Self.records(0..<3) { $0 + 100 }, on: second)
        let expected = [100, 101, 102] + (3..<20)
        for reader in [first, second, shelf()] { #expect(values(reader) == expected) }
        #expect(shelf().contents().count == 20)
        let order = try shelf().rewrite { _, _ in true }
        #expect(order.kept == 20)
        #expect(order.removed == 8)
        #expect(order.damaged == 0)
        for reader in [first, second, shelf()] { #expect(values(reader) == expected) }
        try put(Self.records(19..<20) { $0 + 100 }, on: first)
        for reader in [first, second, shelf()] { #expect(values(reader) == expected.dropLast() + [119]) }
    }

    @Test("a record that an older version kept is no damage, and makes room")
    func olderForm() throws {
        let record = Self.all[0]
        let word = ResultRecord.magic.withUTF8Buffer { Array($0) }
        var older = Array(record.encoded.dropLast(32))
        older[word.count - 1] -= 1
        older += older.withUnsafeBytes { Digest.of($0) }.bytes
        let shelf = shelf()
        _ = try shelf.append([(record.key, older)])
        var told: [RecordShelf.Loss] = []
        #expect(shelf.record(record.key, lost: { told.append($0) }) == nil)
        #expect(told == [.olderForm])
        #expect(shelf.record(record.key, lost: { told.append($0) }) == nil && told.count == 1)
        var damaged = record.encoded
        damaged[word.count - 1] -= 1
        _ = try shelf.append([(record.key, damaged)])
        #expect(shelf.record(record.key, lost: { told.append($0) }) == nil)
        #expect(told == [.olderForm, .damage])
    }

    @Test("a shelf that was cut anywhere gives what is whole, and goes on growing", arguments: [0, 1, 3, 20, 60, 140, 300, 555])
    func cut(removed: Int) throws {
        try put(Self.all, on: shelf())
        let path = shelf().path
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        try whole.dropLast(removed).write(to: URL(fileURLWithPath: path))
        let left = values(shelf()).prefix { $0 != nil }.count
        let size = whole.count / 20
        #expect(left == 20 - (removed + size - 1) / size)
        try put([Self.all[19]], on: shelf())
        let again = values(shelf())
        #expect(again[19] == 19)
        #expect(again[..<left].elementsEqual((0..<left).map { Optional($0) }))
        #expect(try shelf().rewrite { _, _ in true }.damaged == 0)
    }

    @Test("a damaged byte anywhere costs its record, or the one before, and no other")
    func damage() throws {
        try put(Array(Self.all[..<4]), on: shelf())
        let path = shelf().path
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= 0x15
            try bytes.write(to: URL(fileURLWithPath: path))
            let found = values(shelf())[..<4]
            #expect(found.enumerated().allSatisfy { $1 == nil || $1 == $0 }, "byte \(index)")
            #expect(found.count { $0 != nil } >= 2, "byte \(index)")
            _ = try shelf().rewrite { _, _ in true }
            #expect(values(shelf())[..<4].elementsEqual(found), "byte \(index)")
            #expect(try shelf().rewrite { _, _ in true }.damaged == 0)
        }
    }

    @Test("records put up while others put the shelf in order aren't lost")
    func crowd() async throws {
        let records = Self.records(0..<400)
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    let own = shelf()
                    for record in records[(worker * 100)..<(worker * 100 + 100)] { try? put([record], on: own) }
                }
            }
            group.addTask {
                for _ in 0..<100 { _ = try? shelf().rewrite { _, _ in true } }
            }
        }
        #expect(values(shelf(), records) == Array(0..<400))
    }

    @Test("an empty shelf has no file")
    func empty() throws {
        try put(Self.all, on: shelf())
        #expect(folder.files(".records").count == 1)
        _ = try shelf().rewrite { _, _ in false }
        #expect(folder.files(".records") == [])
        #expect(values(shelf()) == Array(repeating: nil, count: 20))
    }
}
