/// Finds what the target of an assignment names in a file and the files that it calls, before anything is written out.
struct SettingSearch {
    let document: WorkflowDocument
    let catalog: NodeCatalog?

    enum Found: Equatable {
        case parameter
        /// An input of a node, by the node's whole name: `winter/sampled`, `styled[3]/sampled`.
        case input(node: String, String)
        /// A bare name that several inputs have, as they could be written.
        case several([String])
        case nothing
    }

    /// - Parameter target: a parameter, `node.input`, or the name of an input that only one node has.
    func find(_ target: String) -> Found {
        if document.parameters.contains(where: { $0.name == target }) { return .parameter }
        if let (node, input) = place(of: target) { return .input(node: node, input) }
        return onlyInput(target)
    }

    // MARK: node.input

    /// Names may hold dots: the longest node name that fits wins. A title or a type will do where it is unique, since API files call
    /// their nodes "3" and "7".
    private func place(of target: String) -> (node: String, input: String)? {
        var dot = target.lastIndex(of: ".")
        while let position = dot {
            let name = String(target[..<position]), input = String(target[target.index(after: position)...])
            if !input.isEmpty {
                if Self.has(name, in: document) { return (name, input) }
                if let node = only(where: { $0.title == name }) ?? only(where: { $0.type == name }) { return (node, input) }
            }
            dot = target[..<position].lastIndex(of: ".")
        }
        return nil
    }

    /// Whether a file, or a file it calls, has a node of that name; numbers of elements aside.
    private static func has(_ name: String, in document: WorkflowDocument) -> Bool {
        node(name, in: document) != nil
    }

    private static func node(_ name: String, in document: WorkflowDocument) -> WorkflowDocument.Node? {
        if let node = document.nodes.first(where: { $0.name == name }) { return node }
        let common = ElementName.common(name)
        if common != name, let node = document.nodes.first(where: { $0.name == common }) { return node }
        // A picture that is loaded for an element: `styled[1]:image`.
        if common != name, let colon = name.lastIndex(of: ":"), let node = node(String(name[..<colon]), in: document) { return node }
        guard !document.called.isEmpty else { return nil }
        var slash = name.firstIndex(of: "/")
        while let position = slash {
            let head = String(name[..<position]), rest = String(name[name.index(after: position)...])
            for node in document.nodes where node.name == head || node.name == ElementName.common(head) {
                if let called = node.call.flatMap({ document.called[$0.file] }), let found = self.node(rest, in: called) { return found }
            }
            slash = name[name.index(after: position)...].firstIndex(of: "/")
        }
        return nil
    }

    // MARK: By other marks

    /// The whole name of the only node of which something holds: among the file's own nodes, or else among all.
    private func only(where holds: (WorkflowDocument.Node) -> Bool) -> String? {
        let own = document.nodes.filter(holds)
        if own.count == 1 { return own[0].name }
        guard own.isEmpty, !document.called.isEmpty else { return nil }
        var found: [String] = []
        visitInner { name, node in
            if holds(node) { found.append(name) }
            return found.count < 2
        }
        return found.count == 1 ? found[0] : nil
    }

    /// Looks at the nodes of called files by their whole names, until told to stop. Calls may multiply, so there is an end to it.
    private func visitInner(_ visit: (String, WorkflowDocument.Node) -> Bool) {
        var left = 20_000
        var isDone = false
        func look(at document: WorkflowDocument, scope: String) {
            for node in document.nodes where !isDone {
                left -= 1
                if left < 0 || (!scope.isEmpty && !visit(scope + node.name, node)) {
                    isDone = true
                    return
                }
                if let called = node.call.flatMap({ document.called[$0.file] }) { look(at: called, scope: "\(scope)\(node.name)/") }
            }
        }
        look(at: document, scope: "")
    }

    /// The only input of a name: of the file's own nodes, or else of those of the files that it calls.
    private func onlyInput(_ name: String) -> Found {
        guard !name.isEmpty else { return .nothing }
        var found = document.nodes.filter { has(name, $0, document) }.map(\.name)
        if found.isEmpty {
            visitInner { whole, node in
                if node.call == nil, has(name, node, document) { found.append(whole) }
                return true
            }
        }
        switch found.count {
        case 0: return .nothing
        case 1: return .input(node: found[0], name)
        default: return .several(found.map { "\($0).\(name)" })
        }
    }

    /// Whether a node has an input of a name: written, walked, offered by its type, or a parameter of the file that it calls.
    private func has(_ input: String, _ node: WorkflowDocument.Node, _ document: WorkflowDocument) -> Bool {
        if node.input(input) != nil || node.foreach?.inputs.contains(where: { $0.name == input }) == true { return true }
        if let call = node.call { return document.called[call.file]?.parameters.contains { $0.name == input } == true }
        return catalog?.spec(node.type)?.input(input)?.isWidget == true
    }
}
