import Formats
import Testing

@testable import Workflows

private func read(_ text: String) -> DocumentReader.Result { DocumentReader().read(text: text, name: "flow") }

@Suite("YAML workflows") struct YAMLDocumentTests {
    @Test("nodes, inputs and their places are read in file order")
    func places() throws {
        let result = read("title: T\nnodes:\n  b:\n    type: Add\n    a: {from: c.INT}\n  c: {type: Number, value: 7}\n")
        #expect(result.diagnostics.isEmpty)
        let document = try #require(result.document)
        #expect(document.form == .yaml)
        #expect(document.title == "T")
        #expect(document.nodes.map(\.name) == ["b", "c"])
        #expect(document.nodes[0].typePosition == SourcePosition(line: 4, column: 11))
        let input = try #require(document.nodes[0].input("a"))
        #expect(input.value == .link(.reference("c.INT")))
        #expect(input.namePosition == SourcePosition(line: 5, column: 5))
        #expect(document.nodes[1].input("value")?.valuePosition == SourcePosition(line: 6, column: 28))
        #expect(document.nodes[1].input("value")?.value == .number("7"))
    }

    @Test("columns count characters, not bytes")
    func unicodeColumns() throws {
        let document = try #require(read("nodes:\n  ü: {type: Ä, value: 7}\n").document)
        #expect(document.nodes[0].input("value")?.valuePosition == SourcePosition(line: 2, column: 23))
    }

    @Test(
        "plain scalars follow YAML 1.2",
        arguments: [
            ("7", WorkflowDocument.Value.number("7")), ("-1.5e3", .number("-1.5e3")), ("0x10", .number("16")),
            (".inf", .number("Infinity")), ("true", .boolean(true)), ("yes", .string("yes")), ("null", .null), ("~", .null),
            ("1_000", .string("1_000")), ("\"7\"", .string("7")), ("'true'", .string("true")), ("1.2.3", .string("1.2.3")),
            ("18446744073709551615", .number("18446744073709551615")), ("-", .string("-")), (".", .string(".")),
            ("!!str 7", .string("7")), ("[1, a]", .list([.number("1"), .string("a")])), ("2024-01-01", .string("2024-01-01")),
        ])
    func scalars(text: String, expected: WorkflowDocument.Value) throws {
        let source = text == "-" ? "\"-\"" : text
        let document = try #require(read("nodes: {a: {type: T, value: \(source)}}").document)
        #expect(document.nodes[0].input("value")?.value == expected)
    }

    @Test("an input that is itself called type goes into an inner map")
    func innerInputs() throws {
        let document = try #require(read("nodes:\n  a: {type: CLIPLoader, inputs: {type: sdxl}, x: 1}").document)
        #expect(document.nodes[0].type == "CLIPLoader")
        #expect(document.nodes[0].inputs.map(\.name) == ["type", "x"])
    }

    @Test("anchors, aliases and merge keys work")
    func aliases() throws {
        let document = try #require(read("nodes:\n  a: &base {type: T, steps: 20, cfg: 4}\n  b: {<<: *base, cfg: 5}\n").document)
        #expect(document.nodes[1].type == "T")
        #expect(document.nodes[1].input("cfg")?.value == .number("5"))
        #expect(document.nodes[1].input("steps")?.value == .number("20"))
    }

    @Test(
        "bad YAML is refused with its place",
        arguments: [
            ("nodes:\n\ta: 1", DiagnosticCode.tabIndentation, 2), ("nodes:\n  a: *nope", .unknownAnchor, 2),
            ("nodes:\n  a: {type: T", .syntax, 3), ("nodes:\n  a: {type: T}\n  a: {type: U}", .duplicateKey, 3),
            ("nodes: {}\nnodess: {}", .unknownKey, 2), ("- a\n- b", .unknownForm, 1), ("nodes: {a: 5}", .wrongShape, 1),
            ("nodes: {}\n---\nnodes: {}", .wrongShape, 2), ("nodes: {a: !python/object {x: 1}}", .unsupportedTag, 1),
            ("nodes: {? [a] : b}", .wrongShape, 1), ("title: x", .wrongShape, 1), ("nodes: &n {a: *n}", .unknownAnchor, 1),
        ])
    func refusals(text: String, code: DiagnosticCode, line: Int32) {
        let diagnostics = read(text).diagnostics
        #expect(diagnostics.contains { $0.code == code && $0.position?.line == line && $0.severity == .error }, "\(diagnostics)")
    }

    @Test("a billion laughs is refused at once")
    func laughs() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 { text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n" }
        let diagnostics = read(text).diagnostics
        #expect(diagnostics.map(\.code) == [.tooManyAliases])
    }

    @Test("nesting beyond the limit is refused", arguments: ["[", "{a: ", "- "])
    func depth(opening: String) {
        let text = "nodes: " + (opening == "- " ? "\n" : "") + String(repeating: opening, count: 100_000)
        #expect(read(text).diagnostics.map(\.code) == [.tooDeep])
    }

    @Test("text that isn't UTF-8, and text that is too long, is refused")
    func bytes() {
        #expect(DocumentReader().read([0x6E, 0xFF, 0xFE], name: "x").diagnostics.map(\.code) == [.notUTF8])
        let long = [UInt8](repeating: UInt8(ascii: "a"), count: 33 << 20)
        #expect(DocumentReader().read(long, name: "x").diagnostics.map(\.code) == [.fileTooLarge])
    }

    @Test("a truncated workflow never crashes, wherever it ends")
    func truncation() {
        let text = "title: a\nparameters: {p: 1}\nnodes:\n  a: &x {type: T, b: \"q\\n\", c: [1, {from: z}]}\n  d: *x\noutputs: {o: a.b}\n"
        for length in 0...text.utf8.count { expectDocumentOrReason(Array(text.utf8.prefix(length))) }
    }

    @Test("a file with nothing in it is no workflow, and says so", arguments: ["", " \n", "# nothing\n", "\u{FEFF}", "---\n"])
    func nothing(text: String) {
        let result = DocumentReader().read(text: text, name: "x")
        #expect(result.document == nil)
        #expect(result.diagnostics.map(\.code) == [.unknownForm])
    }

    @Test("a file that isn't there, and a folder, give a diagnostic")
    func unreadable() {
        #expect(DocumentReader().read(path: "/nowhere/flow.yaml").diagnostics.map(\.code) == [.unreadableFile])
        #expect(DocumentReader().read(path: "/").diagnostics.map(\.code) == [.unreadableFile])
        #expect(DocumentReader().read(path: "/dev/zero").diagnostics.map(\.code) == [.fileTooLarge])
    }
}

@Suite("API workflows") struct APIDocumentTests {
    @Test("links, literals and titles are read with their places")
    func places() throws {
        let text =
            "{\n  \"3\": {\"class_type\": \"K\", \"_meta\": {\"title\": \"My K\"},\n        \"inputs\": {\"seed\": 18446744073709551615, \"model\": [\"4\", 0], \"t\": \"ü\\ud83d\\ude00\"}}\n}"
        let result = read(text)
        #expect(result.diagnostics.isEmpty)
        let node = try #require(result.document?.nodes.first)
        #expect(result.document?.form == .api)
        #expect(node.title == "My K")
        #expect(node.position == SourcePosition(line: 2, column: 3))
        #expect(node.input("seed")?.value == .number("18446744073709551615"))
        #expect(node.input("seed")?.valuePosition == SourcePosition(line: 3, column: 28))
        #expect(node.input("model")?.value == .link(.slot(node: "4", 0)))
        #expect(node.input("t")?.value == .string("ü😀"))
        #expect(node.input("t")?.namePosition == SourcePosition(line: 3, column: 69))
    }

    @Test("what looks like a link, but isn't, is kept as such", arguments: ["[1, 0]", "[\"4\"]", "[\"4\", \"0\"]", "[]", "[\"4\", 0, 1]"])
    func malformed(link: String) throws {
        let document = try #require(read("{\"3\": {\"class_type\": \"K\", \"inputs\": {\"m\": \(link)}}}").document)
        guard case .link(.malformed) = document.nodes[0].inputs[0].value else {
            Issue.record("\(document.nodes[0].inputs[0].value)")
            return
        }
    }

    @Test("a wrapped list is a list, a fractional slot is cut")
    func wrapped() throws {
        let document = try #require(
            read("{\"3\": {\"class_type\": \"K\", \"inputs\": {\"m\": {\"__value__\": [1, 2]}, \"l\": [\"4\", 1.0]}}}").document)
        #expect(document.nodes[0].inputs[0].value == .list([.number("1"), .number("2")]))
        #expect(document.nodes[0].inputs[1].value == .link(.slot(node: "4", 1)))
    }

    @Test("Python's bare words are numbers, also in is_changed; inside texts they are letters")
    func bareWords() throws {
        let text =
            "{\"prompt\": {\"3\": {\"class_type\": \"K\", \"is_changed\": [NaN], \"inputs\": {\"a\": NaN, \"b\": -Infinity, \"c\": Infinity, \"d\": \"NaN \\\" Infinity\"}}}}"
        let document = try #require(read(text).document)
        #expect(
            document.nodes[0].inputs.map(\.value) == [
                .number("NaN"), .number("-Infinity"), .number("Infinity"), .string("NaN \" Infinity"),
            ])
    }

    @Test("a key given twice counts the last time, with a warning")
    func duplicates() throws {
        let result = read("{\"3\": {\"class_type\": \"K\", \"inputs\": {\"a\": 1, \"a\": 2}}}")
        #expect(result.document?.nodes[0].inputs.map(\.value) == [.number("2")])
        #expect(result.diagnostics.map(\.code) == [.duplicateKey])
        #expect(result.diagnostics.map(\.severity) == [.warning])
    }

    @Test(
        "bad JSON is refused with its place",
        arguments: [
            ("{\"3\": {\"class_type\": \"K\",}}", DiagnosticCode.syntax), ("{\"3\": ", .syntax),
            ("{\"3\": {\"class_type\": \"K\"}} x", .syntax),
            ("{\"a\": 1}", .unknownForm), ("[1, 2]", .unknownForm), ("{\"nodes\": [], \"links\": []}", .unsupportedForm),
            ("{\"3\": {\"class_type\": \"K\", \"inputs\": 5}}", .wrongShape), ("{\"3\": {\"class_type\": \"K\"}}", .wrongShape),
            ("{\"3\": {\"class_type\": \"K\", \"inputs\": {\"a\": \"\u{1}\"}}}", .syntax),
        ])
    func refusals(text: String, code: DiagnosticCode) {
        let diagnostics = read(text).diagnostics
        #expect(diagnostics.contains { $0.code == code && $0.position != nil && $0.severity == .error }, "\(diagnostics)")
    }

    @Test("deep nesting and endless lists are refused")
    func limits() {
        #expect(read("{\"a\": " + String(repeating: "[", count: 1_000_000)).diagnostics.map(\.code) == [.tooDeep])
        let many = JSONReader.read("[" + String(repeating: "0,", count: 5000) + "0]", limits: ReaderLimits(values: 1000))
        #expect(many.tree == nil)
        #expect(many.diagnostics.map(\.code) == [.tooManyValues])
    }

    @Test("a truncated or garbled file never crashes, wherever it ends")
    func truncation() {
        let bytes = Array(
            "{\"3\": {\"class_type\": \"K\", \"inputs\": {\"a\": [\"4\", 0], \"b\": \"\\ud83d\\ude00\\u12\", \"c\": -1.5e+3, \"d\": NaN}}}"
                .utf8)
        for length in 0...bytes.count { expectDocumentOrReason(Array(bytes.prefix(length))) }
        for index in bytes.indices {
            for byte in [UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "{"), UInt8(ascii: "]"), UInt8(ascii: "N"), 0, 0xFF] {
                var garbled = bytes
                garbled[index] = byte
                expectDocumentOrReason(garbled)
            }
        }
    }

    @Test("a byte order mark is no part of the text")
    func byteOrderMark() {
        #expect(read("\u{FEFF}{\"3\": {\"class_type\": \"K\", \"inputs\": {}}}").document?.nodes.count == 1)
        #expect(read("\u{FEFF}nodes: {a: {type: T}}").document?.nodes.count == 1)
    }
}

@Suite("Parameters and overrides") struct BindingTests {
    static let text = """
        parameters:
          seed: 7
          prompt: {default: a tree, description: What to draw}
          needed: {description: no default}
        nodes:
          s: {type: T, seed: "${seed}", text: "${prompt} at night, $${prompt}, $5", list: ["${seed}"]}
          "12.5": {type: U, title: My node, v: 1}
        """

    private func bound(_ assignments: [String] = [], text: String = text) throws -> (ExpandedWorkflow, [Diagnostic]) {
        try #require(read(text).document).expanded(with: assignments.compactMap { Assignment($0) })
    }

    @Test("a text that is only a parameter takes its type, others its words")
    func substitution() throws {
        let (document, diagnostics) = try bound()
        #expect(diagnostics.isEmpty)
        #expect(document.nodes[0].input("seed")?.value == .number("7"))
        #expect(document.nodes[0].input("text")?.value == .string("a tree at night, ${prompt}, $5"))
        #expect(document.nodes[0].input("list")?.value == .list([.number("7")]))
    }

    @Test("parameters and inputs are set by name, nodes also by title or type")
    func assignments() throws {
        let (document, diagnostics) = try bound(["seed=18446744073709551615", "s.text=a = b: c", "12.5.v=2"])
        #expect(diagnostics.isEmpty)
        #expect(document.nodes[0].input("seed")?.value == .number("18446744073709551615"))
        #expect(document.nodes[0].input("text")?.value == .string("a = b: c"))
        #expect(document.nodes[1].input("v")?.value == .number("2"))
        #expect(try bound(["My node.v=3"]).0.nodes[1].input("v")?.value == .number("3"))
        #expect(try bound(["U.v=4"]).0.nodes[1].input("v")?.value == .number("4"))
    }

    @Test("unknown names are errors that name the nearest")
    func unknown() throws {
        #expect(try bound(["sed=1"]).1.first?.hint == "did you mean \"seed\"?")
        #expect(try bound(["s.sed=1", "x.seed=1"]).1.map(\.code) == [.unknownOverride])
        let (_, diagnostics) = try bound(
            [], text: "parameters: {seed: 1, n: {description: x}}\nnodes: {s: {type: T, a: \"${sead}\", b: \"${n}\"}}")
        #expect(diagnostics.map(\.message) == ["no parameter is called \"sead\"", "parameter \"n\" has no value"])
        #expect(diagnostics[0].hint == "did you mean \"seed\"?")
        #expect(diagnostics[0].position == SourcePosition(line: 2, column: 25))
    }

    @Test("texts of the API form are left alone")
    func apiTexts() throws {
        let (document, diagnostics) = try bound([], text: "{\"3\": {\"class_type\": \"K\", \"inputs\": {\"a\": \"${x}\"}}}")
        #expect(diagnostics.isEmpty)
        #expect(document.nodes[0].inputs[0].value == .string("${x}"))
    }
}

/// What reading any bytes may come to: a document, or problems that say what is wrong, those of a text with their place in it.
private func expectDocumentOrReason(_ bytes: [UInt8]) {
    let result = DocumentReader().read(bytes, name: "x")
    #expect(result.document != nil || result.diagnostics.hasErrors, "\(String(decoding: bytes, as: UTF8.self))")
    for diagnostic in result.diagnostics {
        #expect(!diagnostic.message.isEmpty)
        if let position = diagnostic.position {
            #expect(position.line >= 1 && position.column >= 1 && position.line <= bytes.count + 1)
        }
    }
}
