import Formats
import Foundation
import Testing

@testable import Workflows

/// What ComfyUI's own window (frontend 1.27.10) makes of saved workflows, beside what we make of them.
@Suite("UI form") struct UIFormTests {
    static let folder = Bundle.module.resourceURL?.appending(path: "UIForm") ?? URL(fileURLWithPath: "UIForm")

    static var names: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".api.json") }.map { String($0.dropLast(9)) }.sorted()
    }

    /// Where we do what the person meant instead of what that version of the window did. The reason is in docs/ui-form.md.
    static let departures: [String: String] = [
        "dynamic_prompts": "a text that ends in a backslash doesn't get the word undefined",
        "error_link_null_row": "an empty row among the links is no reason to lose the whole graph",
        "group_node_bypassed": "what is inside a bypassed group node isn't computed",
        "group_node_muted": "what is inside a muted group node isn't computed",
        "primitive": "a float primitive on two cfg inputs isn't rounded to a whole number",
        "primitive_float": "a float primitive on two cfg inputs isn't rounded to a whole number",
        "primitive_old": "seeds keep all 64 bits",
        "primitive_reroute": "a primitive reaches its widget through a Reroute",
        "primitive_values": "seeds keep all 64 bits",
        "renamed_types": "nodes of unknown types keep their type, so that it can be named",
        "seed_by_name": "a file without control entries behind its seeds is read as it was meant",
        "seeds_numbers": "seeds keep all 64 bits",
        "subgraph_bypassed": "what is inside a bypassed subgraph isn't computed",
        "subgraph_multi": "promoted text is each instance's own, and its choices are made",
        "subgraph_muted": "what is inside a muted subgraph isn't computed",
        "subgraph_nested_promoted_rev": "a value on a middle instance counts whatever the order of the definitions",
        "subgraph_promoted_text": "promoted text is each instance's own, and its choices are made",
        "subgraph_promoted_text_one": "choices in promoted text are made",
        "subgraph_unlinked": "an instance without its definition keeps its type, so that it can be named",
        "unknown_types": "nodes of unknown types keep their type, so that it can be named",
        "widgets_dict": "values stored by name are used",
    ]

    static func tree(_ file: String) throws -> SourceTree {
        let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        return try #require(JSONReader.read(text).tree, "\(file) isn't JSON")
    }

    @Test("a saved workflow becomes the prompt that ComfyUI's window makes of it", arguments: names)
    func conversion(name: String) throws {
        let converter = try UIConverter(
            try Self.tree("\(name).ui.json"), catalog: .project,
            options: UIConversionOptions(
                clock: ClockTime(year: 2025, month: 3, day: 4, hour: 5, minute: 6, second: 7),
                files: ListedFiles(try Self.tree("index.json"))))
        let found = converter.prompt()
        let expected = try Self.tree("\(name).api.json")
        let differences = Self.differences(found, expected)
        if Self.departures[name] == nil {
            #expect(differences.isEmpty, "\(name):\n\(differences.joined(separator: "\n"))")
        } else {
            #expect(!differences.isEmpty, "\(name) is listed as different, but isn't")
        }
    }

    /// Widgets that exist in the window only and that the server ignores.
    static let windowOnly: Set<String> = ["preview", "audioUI", "refresh"]

    static func differences(_ found: [UIPromptNode], _ expected: SourceTree) -> [String] {
        var result: [String] = []
        let wanted = Dictionary((expected.entries ?? []).map { ($0.key, $0.value) }) { $1 }
        let got = Dictionary(found.map { ($0.id, $0) }) { $1 }
        for id in Set(wanted.keys).union(got.keys).sorted() {
            guard let a = got[id] else { result.append("missing \(id) \(wanted[id]?["class_type"]?.string ?? "")"); continue }
            guard let b = wanted[id] else { result.append("surplus \(id) \(a.type)"); continue }
            if b["class_type"]?.string != a.type { result.append("\(id): type \(a.type), not \(b["class_type"]?.string ?? "none")") }
            if let title = b["_meta"]?["title"]?.scalarText, title != a.title { result.append("\(id): title \(a.title), not \(title)") }
            let inputs = Dictionary(a.inputs.map { ($0.name, text($0.value)) }) { $1 }
            let wantedInputs = Dictionary((b["inputs"]?.entries ?? []).map { ($0.key, text($0.value)) }) { $1 }
            for name in Set(inputs.keys).union(wantedInputs.keys).sorted() where inputs[name] != wantedInputs[name] {
                if windowOnly.contains(name), inputs[name] == nil { continue }
                result.append("\(id) \(a.type).\(name): \(inputs[name] ?? "absent"), not \(wantedInputs[name] ?? "absent")")
            }
        }
        return result
    }

    static func text(_ value: UIPromptNode.Value) -> String {
        switch value {
        case .link(let node, let slot): "[\"\(node)\", \(slot)]"
        case .literal(let tree):
            if tree.elements != nil { "{__value__: \(text(tree))}" } else { text(tree) }
        }
    }

    static func text(_ tree: SourceTree) -> String {
        switch tree.content {
        case .null: "null"
        case .boolean(let flag): "\(flag)"
        case .number(let literal): JavaScriptNumber.text(literal)
        case .string(let text): "\"\(text)\""
        case .sequence(let elements): "[" + elements.map(text).joined(separator: ", ") + "]"
        case .mapping(let entries): "{" + entries.map { "\($0.key): \(text($0.value))" }.joined(separator: ", ") + "}"
        }
    }
}

/// The files that were in the folders when the reference prompts were made.
struct ListedFiles: FileCatalog {
    private var folders: [String: [String]] = [:]

    init(_ index: SourceTree) {
        for entry in index["combo_files"]?["models"]?.entries ?? [] {
            folders[entry.key] = entry.value.elements?.compactMap(\.string)
        }
        // The server offers pictures only where a picture is wanted.
        folders["input"] = index["combo_files"]?["input"]?.elements?.compactMap(\.string).filter { $0.hasSuffix(".png") }.sorted()
    }

    func contains(_ name: String, in folder: String) -> Bool { true }
    func names(in folder: String) -> [String] { folders[folder] ?? [] }
    func places(of folder: String) -> [String] { [] }
}
