internal import Cancellations
internal import Digests
internal import Workflows

// What a node depends on, seen from a run.

extension Evaluation {
    /// Sets the node's trace, and its key when everything its asked inputs come from is answered (in plans, some of it
    /// isn't known yet).
    func makeKey(_ n: Int, _ implementation: any NodeImplementation) throws {
        let node = graph.nodes[n]
        var key = NodeKey(spec: node.spec, numericsVersion: library.numericsVersion)
        var isComplete = true
        var trace = NodeTrace(
            type: node.spec.type, version: "\(node.spec.version) \(library.numericsVersion)", inputs: [], externals: [])
        for input in node.inputs {
            let wasAsked = nodes[n].asks(for: input)
            switch input.binding {
            case .literal(let value):
                let digest = wasAsked ? value.contentDigest : nil
                key.inputs.append((input.name, digest.map { [$0] }))
                trace.inputs.append(.init(name: input.name, text: value.excerpt, digest: digest))
            case .link(let source):
                let outputs = nodes[source.node].outputs
                let isKnown = outputs.indices.contains(source.output)
                if wasAsked, !isKnown { isComplete = false }
                let elements = wasAsked && isKnown ? outputs[source.output].map(\.digest) : nil
                key.inputs.append((input.name, elements))
                trace.inputs.append(
                    .init(
                        name: input.name, text: graph.text(of: source), source: graph.nodes[source.node].name,
                        digest: elements.map(NodeTrace.combined)))
            }
        }
        nodes[n].trace = trace
        if implementation.readsExternalContent {
            key.externals = try externalContents(n, implementation)
            trace.externals = key.externals.map(NodeTrace.External.init)
            let replaced = key.replacedInputs
            for index in trace.inputs.indices where replaced.contains(trace.inputs[index].name) {
                trace.inputs[index].isReplaced = true
            }
        }
        nodes[n].trace = trace
        if isComplete { nodes[n].key = key.digest }
    }

    /// Asks the node for what it reads beside its inputs: once per element, with literals and linked scalars.
    private func externalContents(_ n: Int, _ implementation: any NodeImplementation) throws -> [ExternalContent] {
        var call = NodeCall(
            spec: graph.nodes[n].spec, implementation: implementation, inputs: [], checksRanges: graph.checksRanges)
        for input in graph.nodes[n].inputs {
            switch input.binding {
            case .literal(let value): call.inputs.append((input.name, [value.value]))
            case .link(let source):
                let values =
                    nodes[source.node].outputs.isEmpty
                    ? [] : nodes[source.node].outputs[source.output].compactMap { $0.inline?.value }
                if !values.isEmpty { call.inputs.append((input.name, values)) }
            }
        }
        var contents: [ExternalContent] = []
        let label = nodes[n].label
        let count = try call.callCount()
        for index in 0..<count {
            let context = RunContext(
                node: label.name, title: label.title, type: label.type, listIndex: index, listCount: count)
            // A model that nobody hashed yet is read from end to end here.
            contents += try cancellation.whileCurrent {
                try implementation.externalContents(call.arguments(index), in: context)
            }
        }
        return contents
    }

    /// Why a node without a usable record runs.
    func reasonToRun(_ n: Int) -> RunReason {
        guard let last = history.traces[graph.nodes[n].name], let trace = nodes[n].trace else { return .firstTime }
        return trace.difference(from: last) ?? .evicted
    }
}

extension NodeTrace {
    /// One digest for all elements of an output.
    static func combined(_ elements: [Digest]) -> Digest {
        if elements.count == 1 { return elements[0] }
        var builder = DigestBuilder()
        builder.add(elements.count)
        for element in elements { builder.add(element) }
        return builder.finish()
    }
}

extension NodeTrace.External {
    init(_ content: ExternalContent) {
        switch content {
        case .file(_, let path, let digest): self.init(label: path, text: "\(digest)", isFile: true)
        case .setting(let name, let value): self.init(label: name, text: value, isFile: false)
        }
    }
}
