import Workflows
import Nodes
import Pictures
import Testing
import WorkflowEngine

/// What was asked for and not done is an error or a warning: for every node and every reader.
@Suite("What was asked for and isn't done is told") struct AskedForTests {
    private static let catalog = NodeCatalog.standard
    private static let types = catalog.types.filter { catalog.spec($0, in: .api) != nil }

    private func problems(_ text: String, form: String = "w.json") -> [String] {
        let read = DocumentReader(catalog: Self.catalog).read(text: text, name: form)
        let resolved = read.document.map { Resolver(catalog: Self.catalog, files: AnyFileCatalog()).resolve($0).diagnostics } ?? []
        return (read.diagnostics + resolved).map { "\($0.severity) \($0.code.rawValue) \($0.input ?? ""): \($0.message)" }
    }

    private func api(_ type: String, _ inputs: String, more: String = "") -> [String] {
        problems(#"{"1": {"class_type": "\#(type)", "inputs": {\#(inputs)}\#(more)}}"#)
    }

    // MARK: Nodes

    /// Of a node that no output needs, errors are warnings.
    private static func speaksOfValue(_ problem: String) -> Bool {
        ["value-converted", "wrong-type", "out-of-range", "not-in-choices", "bad-link"].contains { problem.contains(" \($0) ") }
    }

    @Test("an input that a node doesn't have, a value or a link", arguments: types)
    func unknownInput(type: String) {
        #expect(api(type, #""surprise": 1"#).contains { $0.hasPrefix("warning ignored-input surprise") }, "\(type)")
        #expect(api(type, #""surprise": ["1", 0]"#).contains { $0.hasPrefix("warning ignored-input surprise") }, "\(type)")
        #expect(api(type, "", more: #", "surprise": 1"#).contains { $0.hasPrefix("warning unknown-key") }, "\(type)")
        let yaml = problems("nodes:\n  a:\n    type: \(Self.quoted(type))\n    surprise: 1\n", form: "w.yaml")
        #expect(yaml.contains { $0.contains(" unknown-input surprise") }, "\(type): \(yaml)")
    }

    @Test("a value that is read as another one: a fraction for a whole number, a truth for a number, a text for a truth", arguments: types)
    func converted(type: String) throws {
        for input in try #require(Self.catalog.spec(type, in: .api)).inputs where input.isWidget {
            let writings: [String] =
                switch input.kind {
                case .integer(let spec): ["\(spec.min.flatMap { Int64($0.description) }.map { max($0, -1_000_000) } ?? 0).7", "true"]
                case .float: ["true"]
                case .string: ["null"]
                case .boolean: ["\"false\"", "\"no\"", "[1]", "null"]
                case .choice, .file: ["5.5", "null", "[\"a\"]"]
                case .socket: []
                }
            for writing in writings {
                let found = api(type, "\"\(input.name)\": \(writing)").filter { $0.contains(" \(input.name): ") }
                #expect(found.contains(where: Self.speaksOfValue), "\(type).\(input.name) = \(writing): \(found)")
            }
        }
    }

    @Test("numbers beyond the range, and none at all", arguments: types)
    func ranges(type: String) throws {
        for input in try #require(Self.catalog.spec(type, in: .api)).inputs where input.isWidget {
            var writings: [String] = []
            switch input.kind {
            case .integer(let spec):
                if let least = spec.min.flatMap({ Int64($0.description) }), least > .min { writings.append("\(least - 1)") }
                if let most = spec.max.flatMap({ UInt64($0.description) }) {
                    writings.append(most == .max ? "18446744073709551616" : "\(most + 1)")
                }
                writings.append("1e300")
            case .float(let spec):
                // Beyond 2⁵³ the next number is the same one.
                if let least = spec.min, least.isFinite, least > -1e15 { writings.append("\(least - 1)") }
                if let most = spec.max, most.isFinite, most < 1e15 { writings.append("\(most + 1)") }
                writings.append("NaN")
            case .string, .boolean, .choice, .file, .socket: break
            }
            for writing in writings {
                let found = api(type, "\"\(input.name)\": \(writing)").filter { $0.contains(" \(input.name): ") }
                #expect(found.contains(where: Self.speaksOfValue), "\(type).\(input.name) = \(writing): \(found)")
            }
        }
    }

    @Test("what a saved workflow stores for a node and it doesn't take", arguments: types.filter { !$0.hasPrefix("Reroute") })
    func saved(type: String) throws {
        func ui(_ rest: String) -> [String] { problems(#"{"nodes": [{"id": 1, "type": "\#(type)", \#(rest)}], "links": []}"#) }
        let many = (0..<80).map { _ in "\"surprise\"" }.joined(separator: ",")
        #expect(ui("\"widgets_values\": [\(many)]").contains { $0.contains("left-over") && $0.contains("widgets for") }, "\(type)")
        #expect(
            ui(#""widgets_values": {"surprise": 1}"#).contains { $0.contains("left-over") && $0.contains("no widget \"surprise\"") },
            "\(type)")
        #expect(ui(#""inputs": [{"name": "surprise", "type": "INT", "link": 9}]"#).contains { $0.contains("loose-link") }, "\(type)")
    }

    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

    // MARK: Readers of workflows

    @Test(
        "keys that a form doesn't have",
        arguments: [
            ("w.yaml", "surprise: 1\nnodes: {a: {type: PreviewAny, source: 1}}", "error unknown-key"),
            ("w.yaml", "parameters: {p: {default: 1, surprise: 2}}\nnodes: {a: {type: PreviewAny, source: 1}}", "error unknown-key"),
            ("w.yaml", "sweep: {surprise: 1..2}\nnodes: {a: {type: PreviewAny, source: 1}}", ""),
            ("w.yaml", "nodes: {a: {type: PreviewAny, source: 1}}\noutputs: {x: a.surprise}", "error unknown-output"),
            ("w.json", #"{"1": {"class_type": "PreviewAny", "inputs": {"source": 1}}, "surprise": 5}"#, "warning wrong-shape"),
            ("w.json", #"{"1": {"class_type": "PreviewAny", "inputs": {"source": 1}, "surprise": 5}}"#, "warning unknown-key"),
            ("w.json", #"{"1": {"class_type": "PreviewAny", "inputs": {"source": 1, "source": 2}}}"#, "warning duplicate-key"),
            ("w.json", #"{"prompt": {"1": {"class_type": "PreviewAny", "inputs": {"source": 1}}}, "surprise": {"nodes": []}}"#, ""),
        ])
    func keys(form: String, text: String, expected: String) {
        let found = problems(text, form: form)
        #expect(expected.isEmpty || found.contains { $0.hasPrefix(expected) }, "\(text): \(found)")
    }

    // MARK: Readers of settings

    @Test("a setting that nobody knows, in what every program writes", arguments: PictureSettingsTests.pictures.indices)
    func settings(index: Int) throws {
        let picture = PictureSettingsTests.pictures[index]
        for entry in picture.entries {
            guard let text = Self.surprised(entry.value, key: entry.key) else { continue }
            let entries = picture.entries.map { PictureMetadata.Entry(key: $0.key, text: $0.key == entry.key ? text : $0.value) }
            guard case .settings(let found, _) = PictureSettings(PictureMetadata(entries)) else {
                Issue.record("\(picture.program) isn't read any more")
                continue
            }
            let told = found.workflow(files: AnyFileCatalog()).diagnostics.filter { $0.message.contains("surprise") }
            let isRead = found != PictureSettingsTests.settings(picture.entries)
            #expect(!isRead || !told.isEmpty, "\(picture.program), \(entry.key): \(text)")
        }
    }

    /// A text of settings with one more; `nil` for texts of other kinds.
    private static func surprised(_ text: String, key: String) -> String? {
        if text.hasPrefix("{") { return "{\"surprise\": \"a thing\", " + text.dropFirst() }
        if text.contains("; Steps: ") { return text + "; surprise: a thing" }
        if text.contains("Steps: ") { return text + ", surprise: a thing" }
        if key == "Dream" { return text + " --surprise" }
        return nil
    }
}
