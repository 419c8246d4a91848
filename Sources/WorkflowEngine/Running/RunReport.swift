internal import Formats
public import Problems

/// What a run came to.
public struct RunReport: Sendable {
    public enum Status: String, Sendable, CaseIterable, Codable {
        case ran, reused, skipped, failed
        /// The run ended before it was this node's turn.
        case interrupted
    }

    /// One node that the outputs need, in document order.
    public struct Node: Sendable, Codable {
        public var label: NodeLabel
        public var status: Status
        /// Why it ran; for skipped ones `nil`.
        public var reason: RunReason?
        /// Where a reused value was taken from; `nil` when nobody needed the value itself.
        public var place: ResultCache.Place?
        public var seconds: Double
        public var failure: RunFailure?
        /// The failed node that a skipped one waited for.
        public var skippedBecause: String?

        public init(
            label: NodeLabel, status: Status, reason: RunReason? = nil, place: ResultCache.Place? = nil, seconds: Double = 0,
            failure: RunFailure? = nil, skippedBecause: String? = nil
        ) {
            (self.label, self.status, self.reason, self.place) = (label, status, reason, place)
            (self.seconds, self.failure, self.skippedBecause) = (seconds, failure, skippedBecause)
        }
    }

    /// A file, in the order written.
    public struct File: Sendable, Codable {
        public var node: NodeLabel
        public var file: OutputFile
        /// Position among the files of its node.
        public var index: Int
        public var isReused: Bool

        public init(node: NodeLabel, file: OutputFile, index: Int, isReused: Bool) {
            (self.node, self.file, self.index, self.isReused) = (node, file, index, isReused)
        }
    }

    public var nodes: [Node]
    public var files: [File]
    public var texts: [(node: NodeLabel, text: String)]
    public var warnings: [String]
    /// Values of the nodes that were asked for (`RunOptions.wantsValues`): per output its elements.
    public var values: [String: [[any WorkflowValue]]]
    public var seconds: Double
    public var isInterrupted: Bool
    /// Why it was cut off, where what computed it broke down.
    public var breakdown: CarriedProblem?

    public init(
        nodes: [Node] = [], files: [File] = [], texts: [(node: NodeLabel, text: String)] = [], warnings: [String] = [],
        values: [String: [[any WorkflowValue]]] = [:], seconds: Double = 0, isInterrupted: Bool = false
    ) {
        (self.nodes, self.files, self.texts, self.warnings) = (nodes, files, texts, warnings)
        (self.values, self.seconds, self.isInterrupted) = (values, seconds, isInterrupted)
    }

    /// 0 done, 1 a node failed, 3 nothing failed but that files are missing, 130 interrupted.
    public var exitCode: Int32 {
        if isInterrupted { return ProblemCategory.interrupted.exitCode }
        return ProblemCategory.exitCode(of: nodes.compactMap(\.failure?.category) + (breakdown.map { [$0.category] } ?? []))
    }

    /// How many nodes have a status.
    public func count(_ status: Status) -> Int { nodes.count { $0.status == status } }

    /// One line: `7 reused, 2 ran (seed changed from 7 to 8 at sampled)`.
    public var summary: String {
        var parts: [String] = []
        let reused = count(.reused), ran = count(.ran)
        if reused > 0 { parts.append("\(reused) reused") }
        if ran > 0 { parts.append("\(ran) ran\(cause.map { " (\($0))" } ?? "")") }
        for status in [Status.failed, .skipped, .interrupted] where count(status) > 0 {
            parts.append("\(count(status)) \(status.rawValue)")
        }
        return parts.isEmpty ? "nothing to do" : parts.joined(separator: ", ")
    }

    /// The first change that a person made.
    private var cause: String? {
        let node = nodes.first { node in
            switch node.reason {
            case .inputChanged, .fileChanged, .forced, .versionChanged, .outputMissing: true
            default: false
            }
        }
        guard let node, let reason = node.reason else { return nil }
        return "\(reason) at \(node.label.name)"
    }

    /// One JSON object: `outputs` in the order written, `nodes` in document order, `warnings`, `seconds`.
    public var jsonText: String {
        var json = JSONText()
        json.raw("{\"outputs\": ")
        json.array(files) { json, file in
            json.raw("{\"node\": ")
            json.string(file.node.name)
            json.raw(", \"title\": ")
            json.string(file.node.title)
            json.raw(", \"type\": ")
            json.string(file.node.type)
            json.raw(", \"path\": ")
            json.string(file.file.path)
            json.raw(", \"index\": \(file.index)}")
        }
        json.raw(", \"nodes\": ")
        json.array(nodes) { json, node in
            json.openNode(node.label)
            json.raw(", \"status\": ")
            json.string(node.status == .interrupted ? "skipped" : node.status.rawValue)
            json.raw(", \"reason\": ")
            if let text = node.reasonText { json.string(text) } else { json.raw("null") }
            json.raw(", \"seconds\": ")
            json.number((node.seconds * 1e6).rounded() / 1e6)
            json.raw("}")
        }
        json.raw(", \"warnings\": ")
        json.array(warnings) { $0.string($1) }
        json.raw(", \"seconds\": ")
        json.number((seconds * 1e6).rounded() / 1e6)
        json.raw("}")
        return json.text
    }
}

extension JSONText {
    /// The members that say which node an object is about; the object stays open.
    mutating func openNode(_ label: NodeLabel) {
        raw("{\"id\": ")
        string(label.name)
        raw(", \"type\": ")
        string(label.type)
        raw(", \"title\": ")
        string(label.title)
    }
}

extension RunReport.Node {
    /// Why it has its status, for people.
    public var reasonText: String? {
        switch status {
        case .ran: reason.map { "\($0)" }
        case .reused: place.map { "from \($0.rawValue)" } ?? "unchanged"
        case .failed: failure?.message
        case .skipped: skippedBecause.map { "\($0) failed" }
        case .interrupted: "interrupted"
        }
    }
}
