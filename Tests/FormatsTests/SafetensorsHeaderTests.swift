import Files
import Foundation
import Testing

@testable import Formats

@Suite("Safetensors") struct SafetensorsHeaderTests {
    static func file(_ header: String, data: Int = 0) -> [UInt8] {
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8) + [UInt8](repeating: 0, count: data)
    }

    static func read(_ bytes: [UInt8]) throws -> SafetensorsHeader { try bytes.withUnsafeBytes { try SafetensorsHeader($0) } }

    /// What is wrong with some bytes; `nil` when nothing is.
    static func kind(_ bytes: [UInt8]) -> SafetensorsProblem.Kind? {
        do { _ = try read(bytes) } catch { return (error as? SafetensorsProblem)?.kind }
        return nil
    }

    static func tensor(_ shape: String, _ offsets: String, type: String = "F32") -> String {
        "{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }

    @Test("what is written reads back: names, types, shapes, ranges and texts, in their order")
    func roundTrip() throws {
        var layout = SafetensorsLayout(metadata: [("format", "pt"), ("ü\"\\\n", "😀")])
        for (number, type) in SafetensorsType.allCases.enumerated() { layout.add("t\"\(number)", type, shape: [number % 4, 3]) }
        layout.add("scalar", .float32, shape: [])
        layout.add("", .uint8, shape: [5])
        let header = layout.header()
        #expect(header.count % 8 == 0)
        let read = try Self.read(header + [UInt8](repeating: 0, count: layout.dataByteCount))
        #expect(read.metadata == ["format": "pt", "ü\"\\\n": "😀"])
        #expect(read.entries.map(\.name) == layout.entries.map(\.name))
        #expect(read.entries.map(\.type) == layout.entries.map(\.type))
        #expect(read.entries.map(\.shape) == layout.entries.map(\.shape))
        #expect(read.entries.allSatisfy { $0.range.count == $0.type.byteCount(of: $0.shape) })
        #expect(read.entries.last?.range.upperBound == header.count + layout.dataByteCount)
    }

    @Test("an empty layout is a file, too")
    func empty() throws {
        #expect(try Self.read(SafetensorsLayout().header()).entries.isEmpty)
    }

    @Test(
        "sizes that can't be are refused before anything is made of them",
        arguments: [
            ("[4611686018427387904]", "[0,0]", SafetensorsProblem.Kind.badShape), ("[0,4611686018427387904,4]", "[0,0]", .badShape),
            ("[9223372036854775807,9223372036854775807]", "[0,4]", .badShape), ("[-1]", "[0,4]", .badShape),
            ("[99999999999999999999]", "[0,4]", .malformed), ("[1.0]", "[0,4]", .malformed), ("[1e0]", "[0,4]", .malformed),
            ("[1]", "[0,9223372036854775807]", .truncated), ("[1]", "[0,8]", .truncated), ("[1]", "[4,0]", .malformed),
            ("[1]", "[-4,0]", .malformed), ("[1]", "[0]", .malformed), ("[1]", "[0,4,8]", .malformed), ("[2]", "[0,4]", .sizeMismatch),
            ("[1]", "[1,4]", .sizeMismatch), ("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,4]", .badShape), ("{}", "[0,4]", .malformed),
            ("[[1]]", "[0,4]", .malformed), ("null", "[0,4]", .malformed), ("\"1\"", "[0,4]", .malformed),
        ])
    func sizes(shape: String, offsets: String, kind: SafetensorsProblem.Kind) {
        #expect(Self.kind(Self.file("{\"a\":\(Self.tensor(shape, offsets))}", data: 4)) == kind)
    }

    @Test(
        "headers that don't say what headers say are refused",
        arguments: [
            ("{}", SafetensorsProblem.Kind.trailingBytes), ("[]", .notJSON), ("{\"a\":1}", .malformed), ("{\"a\":{}}", .malformed),
            ("{\"a\":\(tensor("[1]", "[0,4]")),\"a\":\(tensor("[0]", "[4,4]"))}", .duplicateName),
            ("{\"a\":\(tensor("[1]", "[0,4]")),\"b\":\(tensor("[1]", "[0,4]"))}", .rangesOverlap),
            ("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"b\":\(tensor("[2]", "[2,4]", type: "U8"))}", .gap),
            ("{\"a\":\(tensor("[4]", "[0,4]", type: "U7"))}", .unknownType),
            ("{\"a\":\(tensor("[4]", "[0,4]", type: "u8"))}", .unknownType),
            ("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}", .duplicateName),
            ("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"shape\":[4],\"data_offsets\":[0,4]}}", .duplicateName),
            ("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4],\"x\":0}}", .malformed),
            ("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", .duplicateName), ("{\"__metadata__\":{},\"__metadata__\":{}}", .duplicateName),
            ("{\"a\":", .notJSON), ("{\"a\" 1}", .notJSON), ("{}{}", .notJSON), ("{\"\u{1}\":{}}", .notJSON),
        ])
    func headers(json: String, kind: SafetensorsProblem.Kind) {
        #expect(Self.kind(Self.file(json, data: 4)) == kind)
    }

    @Test("a header that claims more than there is, or more than any has, is refused", arguments: [UInt64.max, 1 << 63, 1 << 40, 1000, 11])
    func lengths(length: UInt64) {
        let kind = Self.kind(withUnsafeBytes(of: length.littleEndian) { Array($0) } + Array("{}        ".utf8))
        #expect(kind == (length > 64 << 20 ? .headerTooLong : .truncated))
    }

    @Test("metadata nests as deep as it likes, and is left unread there")
    func depth() throws {
        let nested = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        let header = try Self.read(Self.file("{\"__metadata__\":{\"a\":\(nested),\"b\":\"1\",\"c\":2.50,\"d\":null}}"))
        #expect(header.metadata == ["b": "1", "c": "2.50", "d": "null"])
        #expect(Self.kind(Self.file("{\"a\":\(nested)}")) == .malformed)
    }

    @Test("a problem has its byte, its tensor and both numbers")
    func places() throws {
        let header = "{\"first\":\(Self.tensor("[1]", "[0,4]")),\"second\":\(Self.tensor("[3]", "[4,8]"))}"
        let problem = #expect(throws: SafetensorsProblem.self) { try Self.read(Self.file(header, data: 8)) }
        #expect(problem?.tensor == "second")
        #expect(problem?.offset == UInt64(8 + header.utf8.count + 4))
        #expect(problem?.reason == "shape [3] needs 12 bytes, its range holds 4")
        let unknown = #expect(throws: SafetensorsProblem.self) { try Self.read(Self.file("{\"a\":{\"dtype\":\"X9\"}}")) }
        #expect(unknown?.offset == UInt64(8 + "{\"a\":{\"dtype\":\"X9\"".utf8.count))
    }

    @Test("a file cut anywhere is refused; whole it is read, as bytes and by its header alone")
    func truncation() throws {
        let whole = Self.file("{\"a\":\(Self.tensor("[2,3]", "[0,24]")),\"__metadata__\":{\"k\":\"v\"}}", data: 24)
        for count in 0..<whole.count { #expect(Self.kind(Array(whole.prefix(count))) != nil, "\(count)") }
        let path = FileManager.default.temporaryDirectory.appending(path: "darkroom-test-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try AtomicFile.write(whole, to: path)
        let header = try SafetensorsHeader(of: ReadableFile(path))
        #expect(header.metadata == ["k": "v"])
        let fromBytes = try Self.read(whole)
        #expect(header.entries == fromBytes.entries)
        try AtomicFile.write(Array(whole.dropLast()), to: path)
        #expect(throws: SafetensorsProblem.self) { try SafetensorsHeader(of: ReadableFile(path)) }
        try AtomicFile.write([1, 2, 3], to: path)
        #expect(throws: SafetensorsProblem.self) { try SafetensorsHeader(of: ReadableFile(path)) }
    }
}
