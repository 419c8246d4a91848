internal import Workflows

// The two questions, asked without running anything: what can't be known before a run stays unknown.

extension Evaluation {
    /// Predicts a run. Nothing is run, loaded or written; files that nodes read are looked at.
    func forecast() -> ExecutionPlan {
        var actions = [ExecutionPlan.Action?](repeating: nil, count: nodes.count)
        var estimates = [Double?](repeating: nil, count: nodes.count)
        for n in graph.order where nodes[n].isNeeded {
            actions[n] = predict(n, actions)
            estimates[n] =
                nodes[n].trace.flatMap { $0.seconds > 0 ? $0.seconds : nil }
                ?? history.traces[nodes[n].label.name]?.seconds
        }
        let wanted = wantedNodes()
        predictReruns(&actions, wanted)
        var plan = ExecutionPlan(nodes: [])
        for n in nodes.indices where wanted[n] {
            guard let action = actions[n] else { continue }
            let stubs = nodes[n].outputs.joined()
            plan.nodes.append(
                .init(
                    label: nodes[n].label, action: action, seconds: estimates[n],
                    bytes: stubs.isEmpty ? nil : stubs.reduce(0) { $0 + $1.byteCount }))
        }
        return plan
    }

    /// What one node will do, when all its sources have been predicted. Sets its outputs where they are known.
    private func predict(_ n: Int, _ actions: [ExecutionPlan.Action?]) -> ExecutionPlan.Action {
        let node = graph.nodes[n]
        guard let implementation = library.implementation(of: node.spec.type) else { return .run(.firstTime) }
        nodes[n].implementation = implementation
        nodes[n].asked = predictedLazyInputs(n, implementation)
        let upstream = node.inputs.first { input in
            guard let source = nodes[n].askedSource(of: input) else { return false }
            return nodes[source.node].status == .open
        }
        // A file that isn't there is the run's error, not the plan's.
        try? makeKey(n, implementation)
        if node.spec.alwaysRuns { return .run(.alwaysRuns) }
        if options.forcesAll || options.forcedNodes.contains(node.name) {
            // Forced, yet its result is foreseeable: what follows can be reused.
            adoptPredicted(n, upstream: upstream)
            return .run(.forced)
        }
        if let upstream, let source = upstream.source {
            guard let last = history.traces[node.name], let trace = nodes[n].trace else { return .run(.firstTime) }
            if let reason = trace.difference(from: last) { return .run(reason) }
            return .runUnlessSame(upstream: graph.nodes[source.node].name)
        }
        guard let key = nodes[n].key, let record = cache.record(key), record.outputs.count == node.spec.outputs.count else {
            return .run(reasonToRun(n))
        }
        nodes[n].outputs = record.outputs
        nodes[n].status = .known
        nodes[n].trace?.seconds = record.seconds
        if case .gone(let path) = places.find(record) { return .run(.outputMissing(path: path)) }
        return .reuse(from: nil)
    }

    private func adoptPredicted(_ n: Int, upstream: ResolvedGraph.Input?) {
        guard upstream == nil, let key = nodes[n].key, let record = cache.record(key),
            record.outputs.count == graph.nodes[n].spec.outputs.count
        else { return }
        nodes[n].outputs = record.outputs
        nodes[n].status = .known
        nodes[n].trace?.seconds = record.seconds
    }

    /// The lazy inputs the node will ask for: all, unless what it decides by is known already.
    private func predictedLazyInputs(_ n: Int, _ implementation: any NodeImplementation) -> Set<String> {
        guard nodes[n].hasLazyInputs else { return [] }
        let lazy = Set(graph.nodes[n].inputs.filter(\.isLazy).map(\.name))
        var call = NodeCall(
            spec: graph.nodes[n].spec, implementation: implementation, inputs: [], checksRanges: graph.checksRanges)
        for input in graph.nodes[n].inputs where !input.isLazy {
            switch input.binding {
            case .literal(let value): call.inputs.append((input.name, [value.value]))
            case .link(let source):
                let outputs = nodes[source.node].outputs
                guard outputs.indices.contains(source.output), outputs[source.output].count == 1,
                    let inline = outputs[source.output][0].inline
                else { return lazy }
                call.inputs.append((input.name, [inline.value]))
            }
        }
        guard let needed = try? implementation.neededInputs(call.arguments(0), lazy: lazy.sorted()) else { return lazy }
        return lazy.intersection(needed)
    }

    /// What is reached from the outputs without going through lazy inputs that nobody asks for.
    private func wantedNodes() -> [Bool] {
        var wanted = [Bool](repeating: false, count: nodes.count)
        var waiting = graph.outputs
        while let n = waiting.popLast() {
            if wanted[n] { continue }
            wanted[n] = true
            for input in graph.nodes[n].inputs {
                guard let source = nodes[n].askedSource(of: input) else { continue }
                waiting.append(source.node)
            }
        }
        return wanted
    }

    /// Nodes whose values are needed by what runs: loaded from where they are, or made again.
    private func predictReruns(_ actions: inout [ExecutionPlan.Action?], _ wanted: [Bool]) {
        for n in graph.order.reversed() where wanted[n] {
            switch actions[n] {
            case .run?, .runUnlessSame?: break
            default: continue
            }
            for input in graph.nodes[n].inputs {
                guard let source = nodes[n].askedSource(of: input),
                    case .reuse? = actions[source.node]
                else { continue }
                actions[source.node] = predictedLoad(source, for: n, now: actions[source.node])
            }
        }
    }

    private func predictedLoad(
        _ source: ResolvedGraph.Source, for consumer: Int, now: ExecutionPlan.Action?
    ) -> ExecutionPlan.Action {
        var place: ResultCache.Place?
        for stub in nodes[source.node].outputs[source.output] where stub.inline == nil {
            guard let found = cache.place(of: stub) else {
                return .run(
                    library.codec(for: stub.typeName) == nil && cache.disk != nil
                        ? .neededAgain(by: graph.nodes[consumer].name) : .evicted)
            }
            if place != .disk { place = found }
        }
        if case .reuse(.disk?)? = now { place = .disk }
        return .reuse(from: place)
    }
}
