// Finding the output a link means.

internal import Formats

extension GraphResolution {
    /// The output a link names, with its type checked; `nil` after reporting what is wrong.
    ///
    /// A link to a node of unknown type is kept without a check: the node is reported already, and what depends on it
    /// must know that it is broken.
    mutating func source(
        _ link: WorkflowDocument.Link, wanted: PortType, named inputName: String, of index: Int?, input: String,
        at place: SourcePosition?
    ) -> ResolvedGraph.Source? {
        let who = index.map { "\(workflow.nodes[$0].name).\(input)" } ?? "output \"\(input)\""
        switch link {
        case .malformed(let found):
            report(
                .error, .badLink, "\(who): \(found) is no link", node: index, input: input, at: place,
                hint: workflow.form == .yaml
                    ? "write {from: node.OUTPUT}" : "a link is [\"node id\", output number]; a list of values is {\"__value__\": […]}")
            return nil
        case .slot(let name, let slot):
            guard let node = indices[name] else {
                reportNoNode(name, who: who, of: index, input: input, at: place)
                return nil
            }
            guard let spec = specs[node] else { return .init(node: node, output: 0) }
            guard spec.outputs.indices.contains(slot) else {
                if let index { rejectedLinks[index, default: []].append(node) }
                reportNoOutput(String(slot), of: node, who: who, consumer: index, input: input, at: place)
                return nil
            }
            return checked(.init(node: node, output: slot), wanted: wanted, who: who, of: index, input: input, at: place)
        case .reference(let text):
            let scope = index.map { workflow.nodes[$0].scope } ?? ""
            return reference(aliased(scope + text), wanted: wanted, named: inputName, who: who, of: index, input: input, at: place)
        case .absolute(let text):
            return reference(aliased(text), wanted: wanted, named: inputName, who: who, of: index, input: input, at: place)
        }
    }

    /// What a reference to a called workflow's output really names; calls inside calls take several turns.
    private func aliased(_ text: String) -> String {
        var text = text
        for _ in 0..<32 {
            guard let target = workflow.outputAliases[text] else { break }
            text = target
        }
        return text
    }

    /// `node` or `node.output`. A node whose whole name is the text comes first: names may hold dots.
    private mutating func reference(
        _ text: String, wanted: PortType, named inputName: String, who: String, of index: Int?, input: String,
        at place: SourcePosition?
    ) -> ResolvedGraph.Source? {
        if let node = indices[text] {
            return onlyOutput(of: node, wanted: wanted, named: inputName, who: who, consumer: index, input: input, at: place)
        }
        guard let dot = text.lastIndex(of: "."), let node = indices[String(text[..<dot])] else {
            let name = text.lastIndex(of: ".").map { String(text[..<$0]) } ?? text
            reportNoNode(name.isEmpty ? text : name, who: who, of: index, input: input, at: place)
            return nil
        }
        guard let spec = specs[node] else { return .init(node: node, output: 0) }
        let name = String(text[text.index(after: dot)...])
        guard let output = output(called: name, of: spec) else {
            if let index { rejectedLinks[index, default: []].append(node) }
            reportNoOutput(name, of: node, who: who, consumer: index, input: input, at: place)
            return nil
        }
        return checked(.init(node: node, output: output), wanted: wanted, who: who, of: index, input: input, at: place)
    }

    /// By exact name, else by name whatever the case, else by number.
    private func output(called name: String, of spec: NodeSpec) -> Int? {
        if let index = spec.outputs.firstIndex(where: { $0.name == name }) { return index }
        let folded = name.lowercased()
        let near = spec.outputs.indices.filter { spec.outputs[$0].name.lowercased() == folded }
        if near.count == 1 { return near[0] }
        if let number = Int(name), spec.outputs.indices.contains(number) { return number }
        return nil
    }

    /// The only output that fits; of several, the one called like the input.
    private mutating func onlyOutput(
        of node: Int, wanted: PortType, named inputName: String, who: String, consumer: Int?, input: String,
        at place: SourcePosition?
    ) -> ResolvedGraph.Source? {
        guard let spec = specs[node] else { return .init(node: node, output: 0) }
        let fitting = spec.outputs.indices.filter { wanted.accepts(spec.outputs[$0].type) }
        if fitting.count == 1 { return .init(node: node, output: fitting[0]) }
        if let same = fitting.first(where: { spec.outputs[$0].name == inputName }) { return .init(node: node, output: same) }
        if let consumer { rejectedLinks[consumer, default: []].append(node) }
        let name = workflow.nodes[node].name
        let offered = spec.outputs.map { $0.name == $0.type.description ? $0.name : "\($0.name) (\($0.type))" }
        if fitting.isEmpty {
            report(
                .error, .typeMismatch,
                offered.isEmpty
                    ? "\(who) takes \(wanted), but \"\(name)\" (\(spec.type)) has no outputs"
                    : "\(who) takes \(wanted), but \"\(name)\" (\(spec.type)) gives \(offered.joined(separator: ", "))",
                node: consumer, input: input, at: place)
            return nil
        }
        report(
            .error, .ambiguousOutput, "\(who): \"\(name)\" has \(fitting.count) outputs that fit", node: consumer,
            input: input, at: place,
            hint: "write one of \(fitting.map { "\(name).\(spec.outputs[$0].name)" }.joined(separator: ", "))")
        return nil
    }

    private mutating func checked(
        _ source: ResolvedGraph.Source, wanted: PortType, who: String, of index: Int?, input: String,
        at place: SourcePosition?
    ) -> ResolvedGraph.Source? {
        guard let output = specs[source.node]?.outputs[source.output] else { return source }
        if wanted.accepts(output.type) { return source }
        if let index { rejectedLinks[index, default: []].append(source.node) }
        let node = workflow.nodes[source.node]
        var help: String?
        if let spec = specs[source.node], let fitting = spec.outputs.first(where: { wanted.accepts($0.type) && !$0.type.isWildcard }) {
            help = "\"\(node.name)\" gives \(wanted) as \(fitting.name)"
        }
        report(
            .error, .typeMismatch, "\(who) takes \(wanted), but \(node.name).\(output.name) is \(output.type)",
            node: index, input: input, at: place, hint: help)
        return nil
    }

    // MARK: Reports

    private mutating func reportNoNode(
        _ name: String, who: String, of index: Int?, input: String, at place: SourcePosition?
    ) {
        report(
            .error, .unknownNode, "\(who): no node is called \"\(name)\"", node: index, input: input, at: place,
            hint: hint(name, nodeNames, called: "nodes") ?? DiagnosticCode.unknownNode.hint)
    }

    private mutating func reportNoOutput(
        _ name: String, of node: Int, who: String, consumer: Int?, input: String, at place: SourcePosition?
    ) {
        let spec = specs[node]
        let names = spec?.outputs.map(\.name) ?? []
        report(
            .error, .unknownOutput,
            "\(who): \"\(workflow.nodes[node].name)\" (\(spec?.type ?? "")) has no output \(Int(name) == nil ? "\"\(name)\"" : name)",
            node: consumer, input: input, at: place,
            hint: names.isEmpty ? "it has none at all" : "outputs: \(names.enumerated().map { "\($1) (\($0))" }.joined(separator: ", "))")
    }
}
