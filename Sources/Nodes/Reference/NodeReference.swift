public import Workflows

/// The node reference, made from the specifications: for the terminal, and as a page.
public struct NodeReference: Sendable {
    private let catalog: NodeCatalog

    public init(catalog: NodeCatalog = .standard) { self.catalog = catalog }

    /// Types that can run, in the order of the menu: by category, then by name.
    public var types: [NodeSpec] {
        NodeTable.byType.keys.compactMap { catalog.spec($0) }
            .sorted { ($0.category, $0.type) < ($1.category, $1.type) }
    }

    /// Whether a type can run here; others are known by their interface alone.
    public func canRun(_ type: String) -> Bool { NodeTable.byType[type] != nil }

    /// One line a type, below headings for categories.
    public var list: String {
        let types = types
        let width = types.map { $0.type.count }.max() ?? 0
        var text = ""
        var category: String?
        for spec in types {
            if spec.category != category { text += (category == nil ? "" : "\n") + spec.category + "\n" }
            category = spec.category
            text += "  " + spec.type.padded(to: width) + "  " + spec.summary + "\n"
        }
        return text
    }

    /// Everything about a type, for the terminal.
    public func entry(_ spec: NodeSpec) -> String {
        var text = "\(spec.type)\n  \(spec.summary)\n"
        let names = ([spec.display == spec.type ? nil : "\"\(spec.display)\""] + spec.aliases.map { $0 }).compactMap { $0 }
        if !names.isEmpty { text += "  also called \(names.joined(separator: ", "))\n" }
        text += "  category \(spec.category)\n"
        for remark in remarks(spec) { text += "  \(remark)\n" }
        let rows = spec.inputs.map { (name: $0.name, type: Self.type(of: $0), facts: Self.facts(of: $0)) }
        if !rows.isEmpty {
            let names = rows.map(\.name.count).max() ?? 0
            let types = rows.map(\.type.count).max() ?? 0
            text += "\ninputs\n"
            for row in rows {
                let start = "  \(row.name.padded(to: names))  \(row.type.padded(to: types))  "
                text += (start + row.facts.wrapped(to: 110 - start.count, indent: start.count)).trimmedEnd() + "\n"
            }
        }
        if !spec.outputs.isEmpty {
            let width = spec.outputs.map(\.name.count).max() ?? 0
            text += "\noutputs\n"
            for output in spec.outputs {
                text += "  \(output.name.padded(to: width))  \(output.type)\(output.isList ? ", a list" : "")\n"
            }
        }
        return text
    }

    /// The whole reference as one page of Markdown.
    public var page: String {
        var text = """
            # Nodes

            Made from the specifications in `NodeSpecs/` by `make docs`. Names, defaults and ranges are ComfyUI's, so that saved
            workflows mean the same here.

            """
        var category: String?
        for spec in types {
            if spec.category != category { text += "\n## \(spec.category)\n" }
            category = spec.category
            text += "\n### \(spec.type)\n\n\(spec.summary)\n"
            if !spec.aliases.isEmpty { text += "Also: " + spec.aliases.map { "`\($0)`" }.joined(separator: ", ") + ".\n" }
            for remark in remarks(spec) { text += "\(remark.prefix(1).uppercased() + remark.dropFirst()).\n" }
            if !spec.inputs.isEmpty {
                text += "\n| input | type | |\n| --- | --- | --- |\n"
                for input in spec.inputs {
                    text += "| `\(input.name)` | \(Self.type(of: input)) | \(Self.facts(of: input).forTable()) |\n"
                }
            }
            if !spec.outputs.isEmpty {
                let outputs = spec.outputs.map { "`\($0.name)` (\($0.type)\($0.isList ? ", a list" : ""))" }
                text += "\nOutputs: \(outputs.joined(separator: ", ")).\n"
            }
        }
        return text
    }

    private func remarks(_ spec: NodeSpec) -> [String] {
        var remarks: [String] = []
        if !canRun(spec.type) { remarks.append("known by its interface; Darkroom doesn't compute it") }
        if spec.isDeprecated { remarks.append("deprecated, kept for old files") }
        if spec.isExperimental { remarks.append("experimental in ComfyUI") }
        if spec.inputIsList { remarks.append("takes whole lists") }
        return remarks
    }

    private static func type(of input: InputSpec) -> String {
        switch input.kind {
        case .socket(let type): "\(type)"
        case .integer: "INT"
        case .float: "FLOAT"
        case .string: "STRING"
        case .boolean: "BOOLEAN"
        case .choice: "choice"
        case .file(let file): "file in \(file.folder)"
        }
    }

    /// Default, range, choices, and what the input means.
    private static func facts(of input: InputSpec) -> String {
        var facts: [String] = []
        if input.isOptional { facts.append("optional") }
        if input.isSocketOnly { facts.append("link only") }
        switch input.kind {
        case .integer(let spec):
            if let value = spec.default { facts.append("default \(value)") }
            facts += range(spec.min.map(\.description), spec.max.map(\.description))
        case .float(let spec):
            if let value = spec.default { facts.append("default \(plain(value))") }
            facts += range(spec.min.map(plain), spec.max.map(plain))
        case .string(let spec):
            if let value = spec.default, !value.isEmpty { facts.append("default \"\(value)\"") }
        case .boolean(let value):
            if let value { facts.append("default \(value)") }
        case .choice(let spec):
            if let value = spec.default ?? spec.choices.first { facts.append("default \(value)") }
            facts.append("of " + spec.choices.joined(separator: ", "))
        case .file(let spec):
            if !spec.choices.isEmpty { facts.append("or " + spec.choices.joined(separator: ", ")) }
        case .socket: break
        }
        let text = facts.joined(separator: ", ")
        guard let summary = input.summary else { return text }
        return text.isEmpty ? summary : "\(summary) (\(text))"
    }

    private static func range(_ low: String?, _ high: String?) -> [String] {
        switch (low, high) {
        case (let low?, let high?): ["\(low) to \(high)"]
        case (let low?, nil): ["at least \(low)"]
        case (nil, let high?): ["at most \(high)"]
        case (nil, nil): []
        }
    }

    private static func plain(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    fileprivate func trimmedEnd() -> String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }

    /// Broken at blanks into lines of at most `width`, all but the first indented.
    fileprivate func wrapped(to width: Int, indent: Int) -> String {
        var lines: [String] = [""]
        for word in split(separator: " ") {
            if !lines[lines.count - 1].isEmpty, lines[lines.count - 1].count + 1 + word.count > max(width, 30) {
                lines.append("")
            }
            lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
        }
        return lines.joined(separator: "\n" + String(repeating: " ", count: indent))
    }

    fileprivate func forTable() -> String { replacing("|", with: "\\|") }
}
