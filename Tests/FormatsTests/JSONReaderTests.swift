import Testing

@testable import Formats

@Suite("Reading JSON") struct JSONReaderTests {
    @Test("every value has the place where it begins, counted in characters, and so has every key")
    func positions() throws {
        let tree = try JSONReader.read("{\"ä\": 1,\n  \"list\": [true, {\"x\": null}],\t\"end\" :\"…\"}").get()
        let entries = try tree.map()
        #expect(entries.map { "\($0.key) \($0.keyPosition) \($0.value.position)" } == ["ä 1:2 1:7", "list 2:3 2:11", "end 2:32 2:39"])
        #expect(tree["list"]?.elements?.map { "\($0.position)" } == ["2:12", "2:18"])
        #expect(tree["list"]?.elements?[1]["x"]?.position == SourcePosition(line: 2, column: 24))
    }

    @Test("numbers stay as they are written, and Python's words for numbers that are none are understood outside texts only")
    func numbers() throws {
        let text = "[18446744073709551615, -1.50e+3, NaN, -Infinity, \"NaN\", {\"Infinity\": Infinity}]"
        let contents = try JSONReader.read(text).get().list().map(\.content)
        #expect(
            Array(contents.prefix(5))
                == [.number("18446744073709551615"), .number("-1.50e+3"), .number("NaN"), .number("-Infinity"), .string("NaN")])
        #expect(try JSONReader.read(text).get().list()[5]["Infinity"]?.content == .number("Infinity"))
        #expect(try JSONReader.read("[1e999, NaN, 2.5]").get().list().map(\.double) == [nil, nil, 2.5])
    }

    @Test("a key that is given twice counts the last time at the first place, and is a warning", arguments: [2, 20])
    func duplicates(count: Int) throws {
        let others = (0..<count).map { "\"k\($0)\": 0" }.joined(separator: ", ")
        let read = JSONReader.read("{\"a\": 1, \(others), \"a\": 2}")
        let entries = try read.get().map()
        #expect(entries.map(\.key).first == "a")
        #expect(entries.count == count + 1)
        #expect(entries.first?.value.content == .number("2"))
        #expect(read.problems.map(\.kind) == [.duplicateKey])
        #expect(read.problems.allSatisfy { $0.isWarning && $0.position?.line == 1 && $0.position?.column ?? 0 > 20 })
    }

    @Test(
        "what isn't JSON is refused with its place",
        arguments: [
            ("", "1:1"), ("{\"a\": }", "1:7"), ("[1,\n 2", "2:3"), ("[1] 2", "1:5"), ("{\"a\": \"\u{1}\"}", "1:8"), ("nul", "1:1"),
        ])
    func syntax(text: String, place: String) {
        let read = JSONReader.read(text)
        #expect(read.tree == nil)
        #expect(read.problems.map(\.kind) == [.syntax])
        #expect(read.problems.first?.reason.isEmpty == false)
        #expect(throws: SourceProblem.self) { try read.get() }
        // yajl says how far it came; a token may lie between.
        let found = read.problems.first?.position
        #expect(found.map { "\($0.line)" } == place.split(separator: ":").first.map(String.init), "\(read.problems)")
    }

    @Test("bytes that aren't UTF-8 are refused")
    func encoding() {
        let read = JSONReader.read([UInt8(ascii: "\""), 0xC3, 0x28, UInt8(ascii: "\"")])
        #expect(read.tree == nil)
        #expect(read.problems.map(\.kind) == [.syntax])
    }

    @Test("deep nesting and endless lists are refused, with the limit and the place, in memory for the part that was read")
    func limits() {
        let deep = JSONReader.read(String(repeating: "[", count: 1_000_000)).problems
        #expect(deep == [SourceProblem(.tooDeep, "nested more than 64 levels deep", at: deep.first?.position, limit: 64)])
        #expect(deep.first?.position?.column ?? 0 > 60)
        let long = JSONReader.read("[" + String(repeating: "0,", count: 5000) + "0]", limits: ReaderLimits(values: 1000)).problems
        #expect(long.map(\.kind) == [.tooManyValues])
        #expect(long.first?.limit == 1000)
        #expect(JSONReader.read(String(repeating: "[", count: 64) + String(repeating: "]", count: 64)).problems == [])
    }

    @Test("a text that is cut anywhere is refused, and never more than that")
    func truncation() {
        let bytes = Array("{\"3\": {\"a\": [\"4\", 0], \"b\": \"\\ud83d\\ude00\", \"c\": -1.5e+3, \"d\": NaN}}".utf8)
        for count in 0..<bytes.count { #expect(JSONReader.read(Array(bytes[..<count])).tree == nil, "\(count)") }
        #expect(JSONReader.read(bytes).tree?["3"]?["b"]?.string == "😀")
    }

    @Test("what a file's form wants and it doesn't have is named, with the place")
    func expecting() throws {
        let tree = try JSONReader.read("{\"name\": 7,\n \"count\": 1.5, \"list\": {}}").get()
        func problem(_ body: () throws -> Void) -> String {
            if case let error? = #expect(throws: SourceProblem.self, performing: body) { "\(error)" } else { "" }
        }
        #expect(problem { _ = try tree.member("name").text() } == "1:10: a text is expected here, not the number 7")
        #expect(problem { _ = try tree.member("count").integer() } == "2:11: a whole number is expected here, not the number 1.5")
        #expect(problem { _ = try tree.member("list").list() } == "2:24: a list is expected here, not a map")
        #expect(problem { _ = try tree.member("other") } == "1:1: \"other\" is missing")
        #expect(problem { _ = try tree.member("name").member("x") } == "1:10: a map is expected here, not the number 7")
    }
}
