internal import Formats

/// What a run would come to, told from records before anything runs.
public struct ExecutionPlan: Sendable {
    /// The nodes that would be looked at, in document order.
    public var nodes: [Node]

    public struct Node: Sendable {
        public var label: NodeLabel
        public var action: Action
        /// Seconds it took the last time, where that is known.
        public var seconds: Double?
        /// Bytes of its outputs, where they are known.
        public var bytes: Int?
    }

    public enum Action: Sendable, Hashable {
        /// Its result is known; the place says where its value would be taken from, `nil` when nobody needs it.
        case reuse(from: ResultCache.Place?)
        case run(RunReason)
        /// Runs, unless that node, which runs, gives the same as before.
        case runUnlessSame(upstream: String)
    }

    /// How many nodes would be reused, run for certain, and run perhaps.
    public var counts: (reused: Int, run: Int, perhaps: Int) {
        var counts = (reused: 0, run: 0, perhaps: 0)
        for node in nodes {
            switch node.action {
            case .reuse: counts.reused += 1
            case .run: counts.run += 1
            case .runUnlessSame: counts.perhaps += 1
            }
        }
        return counts
    }

    /// Seconds of the nodes that run for certain, and of all that may run, as far as they are known; `unknown` counts
    /// those that never ran.
    public var estimate: (certain: Double, possible: Double, unknown: Int) {
        var estimate = (certain: 0.0, possible: 0.0, unknown: 0)
        for node in nodes {
            switch node.action {
            case .reuse: continue
            case .run: estimate.certain += node.seconds ?? 0
            case .runUnlessSame: break
            }
            estimate.possible += node.seconds ?? 0
            if node.seconds == nil { estimate.unknown += 1 }
        }
        return estimate
    }

    /// One JSON object: `nodes` with `action` (`reuse`, `run`, `run-unless-same`), `reason` and `seconds`; totals.
    public var jsonText: String {
        var json = JSONText()
        json.raw("{\"nodes\": ")
        json.array(nodes) { json, node in
            json.openNode(node.label)
            json.raw(", \"action\": \"\(node.action.name)\", \"reason\": ")
            json.string(node.action.text)
            json.raw(", \"seconds\": ")
            if let seconds = node.seconds { json.number(seconds) } else { json.raw("null") }
            json.raw("}")
        }
        let counts = counts, estimate = estimate
        json.raw(", \"reused\": \(counts.reused), \"run\": \(counts.run), \"perhaps\": \(counts.perhaps), \"seconds\": ")
        json.number(estimate.certain)
        json.raw(", \"seconds_at_most\": ")
        json.number(estimate.possible)
        json.raw("}")
        return json.text
    }
}

extension ExecutionPlan.Action {
    /// A short word for machines.
    public var name: String {
        switch self {
        case .reuse: "reuse"
        case .run: "run"
        case .runUnlessSame: "run-unless-same"
        }
    }

    /// The same for people.
    public var text: String {
        switch self {
        case .reuse(let place): place.map { "from \($0.rawValue)" } ?? "unchanged"
        case .run(let reason): "\(reason)"
        case .runUnlessSame(let node): "unless \(node) gives the same as before"
        }
    }
}
