internal import Formats

/// The links that cg-use-everywhere adds when a workflow is queued: outputs that are sent to every input that has no link.
///
/// A file that lists them (`extra.ue_links`) is taken at its word. In any other the pack's rules are followed: an input without a link
/// gets the output of its type whose node has the highest priority; of several with the same priority, none. Facts: the pack's
/// README and its saved examples.
struct UIBroadcasts {
    /// What wasn't plain, with its place.
    private(set) var notes: [UINote] = []

    /// The nodes that broadcast. `Seed Everywhere` is computed, too: it gives a number.
    static let senders: Set<String> = [
        "Anything Everywhere", "Anything Everywhere3", "Anything Everywhere?", "Prompts Everywhere", "Seed Everywhere",
    ]

    /// An output on its way to whoever wants it.
    private struct Broadcast {
        var origin: String
        var slot: Int
        var type: String
        /// Index of the node that sends it.
        var sender: Int
        var title: Condition?
        var input: Condition?
        var group: Condition?
        /// 1: only within a group of the sender; 2: only outside of them. Likewise for the sender's colour.
        var groups = 0
        var colours = 0
        var priority = 0.0
        var sendsToAny = false
        var sendsTextToChoices = false
    }

    /// A pattern that a name must, or must not, hold.
    private struct Condition {
        var pattern: LinearPattern?
        var isInverted = false

        func holds(_ name: String) -> Bool { (pattern?.occurs(in: name) ?? false) != isInverted }
    }

    private let trees: [SourceTree]
    private let groups: [SourceTree]
    /// Comparisons that are made at most: far more than any workflow has.
    private var comparisonsLeft = 20_000_000

    /// Adds the links to a graph.
    ///
    /// - Parameters:
    ///   - tree: the graph in the file.
    ///   - trees: the nodes in the file, one for each of `nodes`.
    init(_ tree: SourceTree, trees: [SourceTree], nodes: inout [UINode], links: inout [String: UILink]) {
        self.trees = trees
        groups = tree["groups"]?.elements ?? []
        let stored = tree["extra"]?["ue_links"]?.elements ?? []
        if stored.isEmpty {
            addByRule(&nodes, &links)
        } else {
            add(stored, &nodes, &links)
        }
    }

    private mutating func note(_ message: String, at position: SourcePosition) {
        notes.append(UINote(code: .ambiguousBroadcast, message: message, position: position))
    }

    private mutating func add(_ stored: [SourceTree], _ nodes: inout [UINode], _ links: inout [String: UILink]) {
        let indices = Dictionary(nodes.enumerated().map { ($1.id, $0) }) { first, _ in first }
        func slot(_ tree: SourceTree?) -> Int { tree?.scalarText.flatMap { Double($0) }.flatMap { Int(exactly: $0) } ?? 0 }
        func identifier(_ tree: SourceTree?) -> String? { tree?.scalarText.map { JavaScriptNumber.text($0) } }
        for (number, entry) in stored.enumerated() {
            guard let target = identifier(entry["downstream"]), let origin = identifier(entry["upstream"]), let index = indices[target]
            else {
                notes.append(
                    UINote(
                        code: .looseLink,
                        message:
                            "a row of ue_links leads to \(identifier(entry["downstream"]).map { "node \($0), which isn't there" } ?? "no node")",
                        position: entry.position))
                continue
            }
            let place = slot(entry["downstream_slot"])
            guard nodes[index].inputs.indices.contains(place) else {
                notes.append(
                    UINote(
                        code: .looseLink, message: "a row of ue_links leads to input \(place) of node \(target), which has no such",
                        position: entry.position))
                continue
            }
            // An input that is joined by hand keeps its link, as in the window.
            guard Self.isFree(nodes[index].inputs[place], links) else { continue }
            let id = "everywhere \(number)"
            links[id] = UILink(origin: origin, originSlot: slot(entry["upstream_slot"]), target: target, targetSlot: place)
            nodes[index].inputs[place].link = id
        }
    }

    /// Version 7 leaves the numbers of its links in the inputs without a row for them: such a number says nothing.
    private static func isFree(_ input: UIInput, _ links: [String: UILink]) -> Bool { input.link.map { links[$0] == nil } ?? true }

    // MARK: By rule

    private mutating func addByRule(_ nodes: inout [UINode], _ links: inout [String: UILink]) {
        let isSender = nodes.indices.map { Self.senders.contains(nodes[$0].type) || truth(properties($0)?["ue_convert"]) }
        guard isSender.contains(true) else { return }
        let indices = Dictionary(nodes.enumerated().map { ($1.id, $0) }) { first, _ in first }
        var broadcasts: [String: [Broadcast]] = [:]
        for index in nodes.indices where isSender[index] && nodes[index].mode == .active {
            for broadcast in self.broadcasts(of: index, nodes, links, indices) { broadcasts[broadcast.type, default: []].append(broadcast) }
        }
        let toAny = broadcasts.values.joined().filter(\.sendsToAny)
        let texts = broadcasts["STRING"]?.filter(\.sendsTextToChoices) ?? []
        var found: [(node: Int, slot: Int, broadcast: Broadcast)] = []
        for index in nodes.indices where nodes[index].mode == .active && !Self.senders.contains(nodes[index].type) {
            guard !rejects(index) else { continue }
            for (slot, input) in nodes[index].inputs.enumerated() where Self.isFree(input, links) && accepts(input, of: index) {
                var candidates = broadcasts[input.type] ?? []
                if input.type == "*" { candidates += toAny }
                if input.type == "COMBO" { candidates += texts }
                if let winner = winner(among: candidates, for: input, slot, of: index, nodes) { found.append((index, slot, winner)) }
            }
        }
        for (number, match) in found.enumerated() {
            let id = "everywhere \(number)"
            links[id] = UILink(
                origin: match.broadcast.origin, originSlot: match.broadcast.slot, target: nodes[match.node].id, targetSlot: match.slot)
            nodes[match.node].inputs[match.slot].link = id
        }
    }

    private mutating func winner(
        among candidates: [Broadcast], for input: UIInput, _ slot: Int, of index: Int, _ nodes: [UINode]
    ) -> Broadcast? {
        var best: [Broadcast] = []
        for candidate in candidates {
            guard comparisonsLeft > 0 else { return nil }
            comparisonsLeft -= 1
            let most = best.first?.priority ?? -.infinity
            guard candidate.priority >= most, reaches(candidate, input, slot, of: index, nodes) else { continue }
            best = candidate.priority > most ? [candidate] : best + [candidate]
        }
        guard let first = best.first else { return nil }
        // The same output by two ways is no contradiction.
        if let other = best.first(where: { $0.origin != first.origin || $0.slot != first.slot }) {
            note(
                "nodes \(nodes[first.sender].id) and \(nodes[other.sender].id) both send \(input.type) to \(title(index, nodes)).\(input.name), "
                    + "with the same priority; as in ComfyUI it gets neither", at: nodes[index].position)
            return nil
        }
        return first
    }

    private func reaches(_ broadcast: Broadcast, _ input: UIInput, _ slot: Int, of index: Int, _ nodes: [UINode]) -> Bool {
        guard nodes[index].id != broadcast.origin, index != broadcast.sender else { return false }
        if let condition = broadcast.title, !condition.holds(title(index, nodes)) { return false }
        if let condition = broadcast.input, !condition.holds(label(slot, of: index) ?? input.name) { return false }
        if let condition = broadcast.group {
            let names = groups(around: index).compactMap { groups[$0]["title"]?.scalarText }
            let isIn = names.contains { (condition.pattern?.occurs(in: $0)) ?? false }
            if isIn == condition.isInverted { return false }
        }
        if broadcast.groups > 0 {
            let isShared = !Set(groups(around: index)).isDisjoint(with: groups(around: broadcast.sender))
            if isShared != (broadcast.groups == 1) { return false }
        }
        if broadcast.colours > 0 {
            let isSame = trees[index]["bgcolor"]?.scalarText == trees[broadcast.sender]["bgcolor"]?.scalarText
            if isSame != (broadcast.colours == 1) { return false }
        }
        return true
    }

    // MARK: Senders

    private mutating func broadcasts(
        of index: Int, _ nodes: [UINode], _ links: [String: UILink], _ indices: [String: Int]
    ) -> [Broadcast] {
        let node = nodes[index]
        let settings = properties(index)?["ue_properties"]
        let isNew = settings?["version"]?.scalarText.flatMap { Double($0.prefix { $0.isNumber }) }.map { $0 >= 7 } ?? false
        var sent: [Broadcast] = []
        if node.type == "Seed Everywhere" {
            sent.append(
                Broadcast(origin: node.id, slot: 0, type: "INT", sender: index, input: Condition(pattern: try? LinearPattern("seed"))))
        } else if Self.senders.contains(node.type) {
            for (slot, input) in node.inputs.enumerated() {
                guard let link = input.link.flatMap({ links[$0] }) else { continue }
                let type = indices[link.origin].flatMap { origin in
                    nodes[origin].outputTypes.indices.contains(link.originSlot) ? nodes[origin].outputTypes[link.originSlot] : nil
                }
                var broadcast = Broadcast(
                    origin: link.origin, slot: link.originSlot, type: type.flatMap { $0 == "*" ? nil : $0 } ?? input.type, sender: index)
                if node.type == "Prompts Everywhere" {
                    let name =
                        isNew
                        ? (slot == 0 ? "(_|\\b)pos(itive|_|\\b)" : "(_|\\b)neg(ative|_|\\b)") : slot == 0 ? "^prompt|^positive" : "neg"
                    broadcast.input = Condition(pattern: try? LinearPattern(name))
                }
                sent.append(broadcast)
            }
        } else {
            for (slot, type) in node.outputTypes.enumerated() {
                let name = trees[index]["outputs"]?.elements?[slot]["name"]?.scalarText ?? ""
                if truth(settings?["output_not_broadcasting"]?[name]) { continue }
                sent.append(Broadcast(origin: node.id, slot: slot, type: type, sender: index))
            }
        }
        let old = isNew ? nil : properties(index)
        for place in sent.indices { restrict(&sent[place], node, isNew ? settings : nil, old) }
        let sendsTypeTwice = Dictionary(grouping: sent, by: \.type).contains { $0.value.count > 1 }
        for place in sent.indices {
            sent[place].priority =
                isNew
                ? newPriority(sent[place], node.type, settings, sendsTypeTwice: sendsTypeTwice) : oldPriority(sent[place], node.type, old)
        }
        return sent
    }

    private mutating func restrict(_ broadcast: inout Broadcast, _ node: UINode, _ settings: SourceTree?, _ old: SourceTree?) {
        func number(_ tree: SourceTree?) -> Int { tree?.scalarText.flatMap { Double($0) }.flatMap { Int(exactly: $0) } ?? 0 }
        if let settings {
            broadcast.title = condition(settings["title_regex"], node, inverted: settings["title_regex_invert"])
            broadcast.input = condition(settings["input_regex"], node, inverted: settings["input_regex_invert"]) ?? broadcast.input
            broadcast.group = condition(settings["group_regex"], node, inverted: settings["group_regex_invert"])
            broadcast.sendsToAny = truth(settings["send_to_any"])
            broadcast.sendsTextToChoices = truth(settings["string_to_combo"])
        } else if node.type == "Anything Everywhere?" {
            let stored = node.widgetValues?.elements ?? []
            if stored.indices.contains(0) { broadcast.title = condition(stored[0], node) }
            if stored.indices.contains(1) { broadcast.input = condition(stored[1], node) }
            if stored.indices.contains(2) { broadcast.group = condition(stored[2], node) }
        }
        broadcast.groups = number((settings ?? old)?["group_restricted"])
        broadcast.colours = number((settings ?? old)?["color_restricted"])
    }

    private mutating func condition(_ tree: SourceTree?, _ node: UINode, inverted: SourceTree? = nil) -> Condition? {
        guard let text = tree?.string, !text.isEmpty, text != ".*" else { return nil }
        do throws(LinearPattern.Unreadable) {
            return Condition(pattern: try LinearPattern(text), isInverted: truth(inverted))
        } catch {
            note(
                "\(node.type): the pattern \"\(WorkflowDocument.Value.shortened(text))\" can't be read; it matches nothing",
                at: node.position)
            return Condition(pattern: nil)
        }
    }

    private func oldPriority(_ broadcast: Broadcast, _ type: String, _ settings: SourceTree?) -> Double {
        let base: Double =
            switch type {
            case "Anything Everywhere3": 0
            case "Anything Everywhere": 2
            case "Prompts Everywhere", "Seed Everywhere": 5
            default: 10
            }
        return base + (broadcast.groups > 0 ? 0.1 : 0) + (broadcast.colours > 0 ? 0.3 : 0)
            + (settings?["priority_boost"]?.scalarText.flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil } ?? 0)
    }

    private func newPriority(_ broadcast: Broadcast, _ type: String, _ settings: SourceTree?, sendsTypeTwice: Bool) -> Double {
        if case .number(let text)? = settings?["priority"]?.content, let number = Double(text), number.isFinite { return number }
        let hasPattern = broadcast.title != nil || broadcast.group != nil || (broadcast.input != nil && type != "Prompts Everywhere")
        return 10 + (type == "Prompts Everywhere" ? 10 : 0) + (hasPattern || sendsTypeTwice || type == "Anything Everywhere?" ? 20 : 0)
            + (broadcast.groups > 0 ? 3 : 0) + (broadcast.colours > 0 ? 6 : 0)
    }

    // MARK: Receivers

    private func rejects(_ index: Int) -> Bool {
        truth(properties(index)?["rejects_ue_links"]) || truth(properties(index)?["ue_properties"]?["rejects_ue_links"])
    }

    /// Sockets take broadcasts unless told not to, widgets only when told to.
    private func accepts(_ input: UIInput, of index: Int) -> Bool {
        let settings = properties(index)?["ue_properties"]
        guard let widget = input.widget else { return !truth(settings?["input_ue_unconnectable"]?[input.name]) }
        return truth(settings?["widget_ue_connectable"]?[widget]) || truth(properties(index)?["widget_ue_connectable"]?[widget])
    }

    private func properties(_ index: Int) -> SourceTree? { trees[index]["properties"] }

    private func title(_ index: Int, _ nodes: [UINode]) -> String { nodes[index].title ?? nodes[index].type }

    private func label(_ slot: Int, of index: Int) -> String? {
        guard let inputs = trees[index]["inputs"]?.elements, inputs.indices.contains(slot) else { return nil }
        return inputs[slot]["label"]?.string
    }

    /// The groups that a node's middle lies in.
    private func groups(around index: Int) -> [Int] {
        func numbers(_ tree: SourceTree?) -> [Double] {
            if let elements = tree?.elements { return elements.compactMap { $0.scalarText.flatMap { Double($0) } } }
            return (0..<4).compactMap { tree?["\($0)"]?.scalarText.flatMap { Double($0) } }
        }
        let place = numbers(trees[index]["pos"]), size = numbers(trees[index]["size"])
        guard place.count >= 2 else { return [] }
        let x = place[0] + (size.first ?? 0) / 2, y = place[1] + (size.count > 1 ? size[1] : 0) / 2
        return groups.indices.filter { number in
            let box = numbers(groups[number]["bounding"])
            return box.count >= 4 && x >= box[0] && y >= box[1] && x <= box[0] + box[2] && y <= box[1] + box[3]
        }
    }

    private func truth(_ tree: SourceTree?) -> Bool {
        switch tree?.content {
        case .boolean(let flag): flag
        case .number(let text): (Double(text) ?? 0) != 0
        case .string(let text): !text.isEmpty
        default: false
        }
    }
}
