internal import Formats

/// Where a value really comes from, once reroutes, bypassed nodes and subgraph boundaries are followed.
enum UISource {
    /// An output of a node that is computed: id as in the prompt, slot.
    case output(node: String, slot: Int)
    /// A value typed on a subgraph's instance.
    case promoted(SourceTree)
    /// The widget of a PrimitiveNode, whether `%Node.widget%` in it is filled in whatever it feeds, and how it moves on after a run.
    case primitive(SourceTree, fillsTokens: Bool, control: AfterGenerate?)
    /// Comes from a muted node: the input goes away, a widget's own value too.
    case muted
    /// Nothing there: a widget keeps its own value, a socket stays empty.
    case nothing
}

/// Follows links upstream through everything that exists in the window only.
struct UILinkResolver {
    let scopes: [UIScope]
    let catalog: NodeCatalog
    let memory = UILinkMemory()

    init(scopes: [UIScope], catalog: NodeCatalog) {
        self.scopes = scopes
        self.catalog = catalog
    }

    /// - Parameters:
    ///   - link: id in that scope's graph.
    ///   - wanted: type of the input at the far end; bypassed nodes look for it.
    func source(of link: String, in scope: Int, wanted: String) -> UISource {
        var scope = scope, link = link, wanted = wanted
        /// Instances passed on the way out, whose own values count if nothing comes from further out.
        var passed: [(scope: Int, port: Int)] = []
        /// Places met on the way: what was found out for one holds for all of them.
        var way: [(place: UILinkMemory.Place, passed: Int)] = []
        /// The same as a set, on a long way: one that comes again closes a circle of nodes that exist in the window only.
        var met: Set<UILinkMemory.Place> = []
        var end = UISource.nothing
        walk: while true {
            memory.steps += 1
            let place = UILinkMemory.Place(scope: scope, link: link, wanted: wanted)
            if let known = memory.ends[place] {
                end = known.source
                passed += known.passed
                break
            }
            // Ways are short as a rule; only long ones are worth a set.
            if way.count > 32, !met.insert(place).inserted {
                memory.noteCircle(at: link, in: scopes[scope].graph)
                break
            }
            way.append((place, passed.count))
            guard let row = scopes[scope].graph.links[link] else {
                memory.noteMissingRow(link, in: scopes[scope].graph)
                break
            }
            if row.origin == UILink.inputBoundary, let parent = scopes[scope].parent {
                let instance = scopes[parent.scope].graph.nodes[parent.node]
                passed.append((scope, row.originSlot))
                guard let outer = instanceInput(instance, parent.definition, port: row.originSlot)?.link else { break }
                (scope, link) = (parent.scope, outer)
                continue
            }
            guard let index = scopes[scope].graph.indexOfNode[row.origin] else {
                memory.noteMissingOrigin(row, in: scopes[scope].graph)
                break
            }
            let node = scopes[scope].graph.nodes[index]
            switch step(from: node, index: index, slot: row.originSlot, in: scope, wanted: wanted) {
            case .end(let source):
                end = source
                break walk
            case .follow(let nextScope, let nextLink, let nextWanted): (scope, link, wanted) = (nextScope, nextLink, nextWanted)
            }
        }
        guard case .nothing = end else {
            for (place, _) in way { memory.ends[place] = .init(source: end, passed: []) }
            return end
        }
        for (place, count) in way where passed.count - count <= 64 {
            memory.ends[place] = .init(source: end, passed: Array(passed[count...]))
        }
        return promotedValue(passed)
    }

    private enum Step {
        case end(UISource)
        case follow(scope: Int, link: String, wanted: String)
    }

    private func step(from node: UINode, index: Int, slot: Int, in scope: Int, wanted: String) -> Step {
        func follow(_ link: String?) -> Step {
            link.map { .follow(scope: scope, link: $0, wanted: wanted) } ?? .end(.nothing)
        }
        if VirtualNode.isReroute(node.type) || VirtualNode.isSetter(node.type) { return follow(node.inputs.first?.link) }
        if VirtualNode.isGetter(node.type) { return get(node, in: scope, wanted: wanted) }
        if VirtualNode.isPrimitive(node.type) {
            let stored = node.widgetValues?.elements ?? []
            var control = stored.count > 1 ? AfterGenerate(stored: stored[1], filter: stored.count > 2 ? stored[2] : nil) : nil
            control?.group = "primitive \(scopes[scope].prefix)\(node.id)"
            let fills = node.properties?["Run widget replace on values"]?.content == .boolean(true)
            guard let value = stored.first else {
                memory.note("\(node.type) \(node.id) holds no value; what it is joined to keeps its own", at: node.position, as: .leftOver)
                return .end(.nothing)
            }
            return .end(.primitive(value, fillsTokens: fills, control: control))
        }
        if VirtualNode.contains(node.type) { return .end(.nothing) }
        switch node.mode {
        case .muted: return .end(.muted)
        case .bypassed:
            guard let input = bypassInput(of: node, slot: slot, wanted: wanted), let link = input.link else { return .end(.nothing) }
            return .follow(scope: scope, link: link, wanted: input.type)
        case .active: break
        }
        guard let child = scopes[scope].children[index] else {
            return .end(.output(node: scopes[scope].prefix + node.id, slot: slot))
        }
        // Out of a subgraph: the first link to that output.
        guard let first = memory.exits(of: child, scopes[child].graph)[slot] else { return .end(.nothing) }
        return .follow(scope: child, link: first, wanted: wanted)
    }

    /// What goes into the wire that a node names.
    private func get(_ getter: UINode, in scope: Int, wanted: String) -> Step {
        let name = (getter.given.first { $0.path.isEmpty }?.value ?? getter.widgetValues?.elements?.first)?.scalarText ?? ""
        guard let wire = memory.wire(named: name, seenFrom: scope, scopes) else {
            memory.note(
                "\(getter.type) \(getter.id) takes \"\(WorkflowDocument.Value.shortened(name))\", which no SetNode gives",
                at: getter.position)
            return .end(.nothing)
        }
        let setter = scopes[wire.scope].graph.nodes[wire.node]
        return setter.inputs.first?.link.map { .follow(scope: wire.scope, link: $0, wanted: wanted) } ?? .end(.nothing)
    }

    /// Which input a bypassed node's output hands on: the same slot if its type fits both ends, else the first that fits. In front
    /// of an input that takes anything the slot's number alone decides.
    private func bypassInput(of node: UINode, slot: Int, wanted: String) -> UIInput? {
        let inputs = bypassInputs(of: node)
        guard !inputs.isEmpty else { return nil }
        if wanted.isEmpty || wanted == "*" { return inputs.indices.contains(slot) ? inputs[slot] : inputs[0] }
        let output = outputType(of: node, slot: slot)
        func fits(_ input: UIInput) -> Bool { Self.compatible(input.type, output) && Self.compatible(input.type, wanted) }
        if inputs.indices.contains(slot), fits(inputs[slot]) { return inputs[slot] }
        return inputs.first { $0.type == wanted } ?? inputs.first(where: fits)
    }

    /// A node's inputs in the order of its definition, widgets among them; in the file's order for unknown types.
    private func bypassInputs(of node: UINode) -> [UIInput] {
        guard let spec = catalog.spec(node.type, in: .ui) else { return node.inputs }
        return spec.inputs.map { input in
            let slot = node.input(named: input.name)
            return UIInput(
                name: input.name, type: input.portType.description, link: slot?.link, widget: input.isWidget ? input.name : nil)
        }
    }

    private func outputType(of node: UINode, slot: Int) -> String {
        if let spec = catalog.spec(node.type, in: .ui), spec.outputs.indices.contains(slot) {
            return spec.outputs[slot].type.description
        }
        return node.outputTypes.indices.contains(slot) ? node.outputTypes[slot] : "*"
    }

    /// The window's rule: equal but for case, anything on either side, or lists that share a member.
    static func compatible(_ a: String, _ b: String) -> Bool {
        if a.isEmpty || b.isEmpty || a == "*" || b == "*" || a == "0" || b == "0" { return true }
        let left = a.lowercased().split(separator: ","), right = b.lowercased().split(separator: ",")
        return left.contains { right.contains($0) }
    }

    /// The instance's own slot for an input of the definition.
    func instanceInput(_ instance: UINode, _ definition: UIDefinition, port: Int) -> UIInput? {
        guard definition.inputs.indices.contains(port) else { return nil }
        if definition.isGroupNode, !definition.inputs[port].isWidget {
            let sockets = instance.inputs.filter { $0.widget == nil }
            return sockets.indices.contains(port) ? sockets[port] : nil
        }
        return instance.input(named: definition.inputs[port].name)
    }
}

/// Numbers before texts and in their own order: links and nodes with small numbers came first.
enum IDOrder {
    static func precedes(_ a: String, _ b: String) -> Bool {
        switch (Int(a), Int(b)) {
        case (let a?, let b?): a < b
        case (_?, nil): true
        case (nil, _?): false
        case (nil, nil): a < b
        }
    }
}
