internal import Formats

/// Reads the tree of a saved workflow (versions 0.4 and 1.0, whatever the version says) into a `UIFile`.
///
/// Damaged parts are read as if they weren't there, and noted: a link without a row is no link.
struct UIFileReader {
    /// Old spellings that the window repairs while loading.
    private static let renamedTypes = [
        "T2IAdapterLoader": "ControlNetLoader", "ConditioningAverage ": "ConditioningAverage",
        "SDV_img2vid_Conditioning": "SVD_img2vid_Conditioning",
    ]

    static func read(_ tree: SourceTree) -> UIFile {
        let reader = UIFileReader()
        var definitions: [String: UIDefinition] = [:]
        var notes: [UINote] = []
        reader.collectDefinitions(tree, into: &definitions, &notes)
        if let groups = tree["extra"]?["groupNodes"]?.entries {
            for group in groups {
                let definition = UIGroupNode.definition(named: group.key, from: group.value, reader: reader)
                definitions["workflow>\(group.key)"] = definition
                definitions["workflow/\(group.key)"] = definition
            }
        }
        return UIFile(root: reader.graph(tree), definitions: definitions, notes: notes)
    }

    /// Definitions lie in one flat list as a rule; nested lists are allowed.
    private func collectDefinitions(
        _ tree: SourceTree, into definitions: inout [String: UIDefinition], _ notes: inout [UINote]
    ) {
        for item in tree["definitions"]?["subgraphs"]?.elements ?? [] {
            guard let id = item["id"]?.scalarText else {
                notes.append(UINote(code: .leftOver, message: "a subgraph without an id is left out", position: item.position))
                continue
            }
            if definitions[id] != nil {
                notes.append(
                    UINote(
                        code: .duplicateKey,
                        message: "two subgraphs have the id \"\(WorkflowDocument.Value.shortened(id))\"; the last one counts",
                        position: item.position))
            }
            definitions[id] = UIDefinition(
                name: item["name"]?.scalarText ?? id, inputs: ports(item["inputs"]), outputs: ports(item["outputs"]),
                graph: graph(item), isGroupNode: false)
            collectDefinitions(item, into: &definitions, &notes)
        }
    }

    private func ports(_ tree: SourceTree?) -> [UIDefinition.Port] {
        (tree?.elements ?? []).map { UIDefinition.Port(name: $0["name"]?.scalarText ?? "", type: typeText($0["type"])) }
    }

    private func graph(_ tree: SourceTree) -> UIGraph {
        var notes: [UINote] = []
        var links: [String: UILink] = [:]
        for row in tree["links"]?.elements ?? [] {
            guard let (id, link) = link(row) else {
                notes.append(UINote(code: .leftOver, message: "this row of links is none; it is left out", position: row.position))
                continue
            }
            if let first = links[id] {
                guard first != link else { continue }
                notes.append(
                    UINote(code: .duplicateKey, message: "two links have the number \(id); the first one counts", position: row.position))
            } else {
                links[id] = link
            }
        }
        var read: [(node: UINode, tree: SourceTree)] = []
        var known: Set<String> = []
        for tree in tree["nodes"]?.elements ?? [] {
            guard let node = node(tree) else {
                notes.append(
                    UINote(
                        code: .leftOver, message: "among the nodes there is \(tree.kind) without id or type; it is left out",
                        position: tree.position))
                continue
            }
            if !known.insert(node.id).inserted {
                notes.append(
                    UINote(code: .duplicateKey, message: "two nodes have the id \(node.id); the first one counts", position: node.position))
            }
            read.append((node, tree))
        }
        var nodes = read.map(\.node)
        let broadcasts = UIBroadcasts(tree, trees: read.map(\.tree), nodes: &nodes, links: &links)
        var graph = UIGraph(nodes: nodes, links: links)
        graph.notes = notes + broadcasts.notes
        return graph
    }

    /// A row `[id, origin, slot, target, slot, type]` or an object.
    private func link(_ row: SourceTree) -> (String, UILink)? {
        if let cells = row.elements, cells.count >= 5, let id = identifier(cells[0]), let origin = identifier(cells[1]),
            let target = identifier(cells[3])
        {
            return (id, UILink(origin: origin, originSlot: slot(cells[2]), target: target, targetSlot: slot(cells[4])))
        }
        guard let id = row["id"].flatMap(identifier), let origin = row["origin_id"].flatMap(identifier),
            let target = row["target_id"].flatMap(identifier)
        else { return nil }
        return (
            id,
            UILink(
                origin: origin, originSlot: row["origin_slot"].map(slot) ?? 0, target: target,
                targetSlot: row["target_slot"].map(slot) ?? 0)
        )
    }

    func node(_ tree: SourceTree) -> UINode? {
        guard let id = tree["id"].flatMap(identifier) else { return nil }
        return node(tree, id: id)
    }

    func node(_ tree: SourceTree, id: String) -> UINode? {
        guard let type = tree["type"]?.scalarText else { return nil }
        let mode: UINode.Mode =
            switch tree["mode"]?.content {
            case .number("2"), .number("2.0"): .muted
            case .number("4"), .number("4.0"): .bypassed
            default: .active
            }
        return UINode(
            id: id, type: Self.renamedTypes[type] ?? type, title: tree["title"]?.scalarText.flatMap { $0.isEmpty ? nil : $0 },
            mode: mode, inputs: (tree["inputs"]?.elements ?? []).compactMap(input),
            outputTypes: (tree["outputs"]?.elements ?? []).map { typeText($0["type"]) }, widgetValues: tree["widgets_values"],
            properties: tree["properties"], position: tree.position)
    }

    private func input(_ tree: SourceTree) -> UIInput? {
        guard let name = tree["name"]?.scalarText else { return nil }
        return UIInput(
            name: name, type: typeText(tree["type"]), link: tree["link"].flatMap(identifier),
            widget: tree["widget"].map { $0["name"]?.scalarText ?? name })
    }

    /// Ids are whole numbers as a rule, but texts, negative and fractional ones occur. `nil` for null.
    func identifier(_ tree: SourceTree) -> String? {
        switch tree.content {
        case .string(let text): text
        case .number(let text): JavaScriptNumber.text(text)
        default: nil
        }
    }

    private func slot(_ tree: SourceTree) -> Int { tree.scalarText.flatMap { Double($0) }.flatMap { Int(exactly: $0) } ?? 0 }

    /// A socket's type is a text as a rule; a list of texts means any of them, a number nothing in particular.
    private func typeText(_ tree: SourceTree?) -> String {
        switch tree?.content {
        case .string(let text): text
        case .sequence(let types): types.compactMap(\.scalarText).joined(separator: ",")
        default: "*"
        }
    }
}

/// Numbers as JavaScript writes them, whole ones of any size exactly.
enum JavaScriptNumber {
    /// `8.0` is `8`, `-0.0` is `0`, `1e21` is `1e+21`; whole numbers keep all their digits (JavaScript would lose those beyond 2⁵³).
    static func text(_ literal: String) -> String {
        if let whole = IntegerLiteral(literal) { return whole.description }
        guard let number = Double(literal) else { return literal }
        return text(number)
    }

    static func text(_ number: Double) -> String {
        guard number.isFinite else { return number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity" }
        if number == 0 { return "0" }
        if number == number.rounded(), abs(number) < 1e15 { return String(Int64(number)) }
        let text = "\(number)"
        guard let e = text.firstIndex(of: "e") else { return text.hasSuffix(".0") ? String(text.dropLast(2)) : text }
        // Swift leaves out the plus sign and switches to exponents earlier (below 1e-4; JavaScript below 1e-6).
        var mantissa = String(text[..<e])
        if mantissa.hasSuffix(".0") { mantissa.removeLast(2) }
        guard let exponent = Int(text[text.index(after: e)...]) else { return text }
        if exponent < 0, exponent >= -6 {
            let sign = mantissa.hasPrefix("-") ? "-" : ""
            let digits = mantissa.filter(\.isNumber)
            return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
        }
        if exponent >= 0, exponent < 21 {
            let sign = mantissa.hasPrefix("-") ? "-" : ""
            let digits = mantissa.filter(\.isNumber)
            return sign + digits + String(repeating: "0", count: max(0, exponent + 1 - digits.count))
        }
        return mantissa + (exponent < 0 ? "e\(exponent)" : "e+\(exponent)")
    }
}
