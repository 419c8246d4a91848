import Testing

@testable import Formats

@Suite("YAML") struct YAMLTests {
    @Test("every value and key has its place, and plain scalars mean what YAML 1.2 says")
    func reading() throws {
        let tree = try YAMLReader.read("a: 0x1F\nb: [yes, true, ~, .inf, '1']\n3: {c: 1e3}").get()
        #expect(tree["a"]?.content == .number("31"))
        #expect(tree["b"]?.elements?.map(\.content) == [.string("yes"), .boolean(true), .null, .number("Infinity"), .string("1")])
        #expect(tree["b"]?.elements?.map(\.position.column) == [5, 10, 16, 19, 25])
        #expect(try tree.map().map(\.key) == ["a", "b", "3"])
        #expect(tree["3"]?["c"]?.position == SourcePosition(line: 3, column: 8))
    }

    @Test(
        "what can't be read is told, with its kind and place",
        arguments: [
            ("a: [1", SourceProblem.Kind.syntax, 2), ("a:\n\t- b", .tabIndentation, 2), ("a: *b", .unknownAnchor, 1),
            ("a: !!python/object x", .unsupportedTag, 1), ("a: 1\na: 2", .duplicateKey, 2), ("a: 1\n---\nb: 1", .wrongShape, 2),
            ("[1]: 2", .wrongShape, 1), (String(repeating: "[", count: 100), .tooDeep, 1),
        ])
    func problems(text: String, kind: SourceProblem.Kind, line: Int32) throws {
        let problem = try #require(YAMLReader.read(text).problems.first)
        #expect(problem.kind == kind, "\(problem)")
        #expect(problem.position.map { $0.line <= line } == true, "\(problem)")
        #expect(!problem.isWarning)
    }

    @Test("an alias that is spelt wrong is told with the anchor that was meant")
    func anchors() {
        let problems = YAMLReader.read("a: &width 5\nb: *widht").problems
        #expect(problems.map(\.hint) == ["did you mean \"width\"?"])
    }

    @Test("nine lines of aliases don't become a billion values")
    func bomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<9 { text += "a\(level): &a\(level) [\((0..<10).map { _ in "*a\(level - 1)" }.joined(separator: ", "))]\n" }
        let read = YAMLReader.read(text)
        #expect(read.tree == nil)
        #expect(read.problems.map(\.kind) == [.tooManyAliases])
        #expect(read.problems.first?.limit == 100_000)
    }

    @Test("what is written reads back as the same, whatever the texts look like")
    func roundTrip() throws {
        let texts = [
            "", "plain", "two words", "true", "~", "1e3", "0x10", "- x", "a: b", "# no comment", "${name}", "'", "\"", "two\nlines\n",
            " lead",
            "tab\there", "ünïcödé 😀", "*star", "&and", "!bang", "%per", "@at", "`tick", "a #b", "[list", "{map", "line\n\n\nline", "trail ",
            "\u{7F}", "\u{85}", String(repeating: "long ", count: 60),
        ]
        let node = YAMLNode.map(
            [
                .init("texts", .list(texts.map { .text($0) }, flow: false)), .init("flow", .list(texts.map { .text($0) }, flow: true)),
                .init("numbers", .list([.plain("1"), .plain("null"), .plain("true")], flow: true)), .init("empty", .map([], flow: true)),
            ] + texts.filter { !$0.isEmpty && $0.utf8.count < 100 }.map { .init("k\($0)", .text("v")) }, flow: false)
        let text = YAMLWriter.text(of: node)
        let tree = try YAMLReader.read(text).get()
        #expect(tree["texts"]?.elements?.map(\.string) == texts)
        #expect(tree["flow"]?.elements?.map(\.string) == texts)
        #expect(tree["numbers"]?.elements?.map(\.content) == [.number("1"), .null, .boolean(true)])
        for key in texts where !key.isEmpty && key.utf8.count < 100 { #expect(tree["k\(key)"]?.string == "v", "\(key)") }
    }

    @Test("maps and lists are written in blocks, short ones in one line when that is asked for")
    func look() {
        let node = YAMLNode.map(
            [
                .init("title", .text("Two seasons")),
                .init(
                    "nodes",
                    .map(
                        [
                            .init("base", .map([.init("type", .text("Load")), .init("seed", .plain("7"))], flow: true)),
                            .init("text", .map([.init("value", .text("one\ntwo\n"))], flow: false)),
                        ], flow: false)),
            ], flow: false)
        #expect(
            YAMLWriter.text(of: node) == """
                title: Two seasons
                nodes:
                  base: {type: Load, seed: 7}
                  text:
                    value: |
                      one
                      two

                """)
    }
}
