internal import Problems

extension RunFailure: Codable {
    private enum Keys: String, CodingKey { case node, problem }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Keys.self)
        try members.encode(node, forKey: .node)
        try members.encode(ProblemRecord(self), forKey: .problem)
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Keys.self)
        self.init(
            node: try members.decode(NodeLabel.self, forKey: .node), carried: try members.decode(ProblemRecord.self, forKey: .problem))
    }

    /// A failure that was written down.
    init(node: NodeLabel, carried record: ProblemRecord) {
        self.init(
            node: node, listIndex: record.element, message: record.message, cause: CarriedProblem(causes: record.causes ?? []))
    }
}

extension RunReport: Codable {
    private enum Keys: String, CodingKey { case nodes, files, texts, warnings, seconds, isInterrupted, breakdown }

    private struct Text: Codable {
        var node: NodeLabel
        var text: String
    }

    /// Everything but the values, which stay where they were computed.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Keys.self)
        try members.encode(nodes, forKey: .nodes)
        try members.encode(files, forKey: .files)
        try members.encode(texts.map { Text(node: $0.node, text: $0.text) }, forKey: .texts)
        try members.encode(warnings, forKey: .warnings)
        try members.encode(seconds, forKey: .seconds)
        try members.encode(isInterrupted, forKey: .isInterrupted)
        try members.encodeIfPresent(breakdown, forKey: .breakdown)
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Keys.self)
        self.init(
            nodes: try members.decode([Node].self, forKey: .nodes), files: try members.decode([File].self, forKey: .files),
            texts: try members.decode([Text].self, forKey: .texts).map { ($0.node, $0.text) },
            warnings: try members.decode([String].self, forKey: .warnings), values: [:],
            seconds: try members.decode(Double.self, forKey: .seconds), isInterrupted: try members.decode(Bool.self, forKey: .isInterrupted)
        )
        breakdown = try members.decodeIfPresent(CarriedProblem.self, forKey: .breakdown)
    }
}
