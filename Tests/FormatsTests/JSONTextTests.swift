import Testing

@testable import Formats

@Suite("Writing JSON") struct JSONTextTests {
    private func sample(_ form: JSONText.Form) -> String {
        var json = JSONText(form)
        json.object(["a", "ü\"\\\n\u{1}\u{7F}😀"], key: { $0 }) { json, key in
            json.array([key, "x"]) { $0.string($1) }
        }
        return json.text
    }

    @Test("in Python's form it is what json.dumps prints")
    func python() {
        #expect(
            sample(.python)
                == "{\"a\": [\"a\", \"x\"], \"\\u00fc\\\"\\\\\\n\\u0001\\u007f\\ud83d\\ude00\": [\"\\u00fc\\\"\\\\\\n\\u0001\\u007f\\ud83d\\ude00\", \"x\"]}"
        )
        var json = JSONText()
        json.array([1.5, .nan, -.infinity, 1e22]) { $0.number($1) }
        #expect(json.text == "[1.5, NaN, -Infinity, 1e+22]")
    }

    @Test("in its compact form nothing stands between things, and letters are themselves")
    func compact() {
        #expect(
            sample(.compact)
                == "{\"a\":[\"a\",\"x\"],\"ü\\\"\\\\\\n\\u0001\u{7F}😀\":[\"ü\\\"\\\\\\n\\u0001\u{7F}😀\",\"x\"]}")
    }

    @Test("what is written reads back as the same, in both forms", arguments: [JSONText.Form.python, .compact])
    func roundTrip(form: JSONText.Form) throws {
        let scalars = (0..<0x300).compactMap(Unicode.Scalar.init) + (0xFFF0..<0x10010).compactMap(Unicode.Scalar.init)
        let texts = scalars.map { "a\(Character($0))b" } + ["", "\r\n", "</script>", "\u{2028}"]
        var json = JSONText(form)
        json.array(texts) { $0.string($1) }
        #expect(try JSONReader.read(json.text).get().list().map(\.string) == texts)
        var object = JSONText(form)
        object.object(texts, key: { $0 }) { json, _ in json.number(1) }
        let keys = try JSONReader.read(object.text).get().map().map(\.key)
        // Swift takes a letter and its mark for the same as one letter with it; JSON doesn't.
        #expect(keys.count >= Set(texts).count)
    }

    @Test("single values in a text are replaced, and every other byte stays")
    func edit() {
        let text = "{\"seed\": 7, \"ä\": \"o\\\"ne\",\n \"list\": [1, -2.5e3]}"
        let edits = [
            (position: SourcePosition(line: 2, column: 14), text: "9"),
            (position: SourcePosition(line: 1, column: 10), text: "18446744073709551615"),
            (position: SourcePosition(line: 1, column: 18), text: "\"two\""), (position: SourcePosition(line: 2, column: 10), text: "no"),
        ]
        #expect(
            JSONScalarEdit.replacing(edits, in: text) == "{\"seed\": 18446744073709551615, \"ä\": \"two\",\n \"list\": [1, 9]}")
    }
}
