extension RunReason: Codable {
    private enum Keys: String, CodingKey { case name, input, old, new, node, path }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Keys.self)
        try members.encode(name, forKey: .name)
        switch self {
        case .inputChanged(let name, let old, let new):
            try members.encode(name, forKey: .input)
            try members.encode(old, forKey: .old)
            try members.encode(new, forKey: .new)
        case .upstreamChanged(let node), .neededAgain(let node): try members.encode(node, forKey: .node)
        case .fileChanged(let path), .outputMissing(let path): try members.encode(path, forKey: .path)
        case .firstTime, .versionChanged, .evicted, .forced, .alwaysRuns: break
        }
    }

    /// - Throws: `DecodingError` for a reason that isn't known here, too.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Keys.self)
        switch try members.decode(String.self, forKey: .name) {
        case "first-time": self = .firstTime
        case "input-changed":
            self = .inputChanged(
                name: try members.decode(String.self, forKey: .input), old: try members.decode(String.self, forKey: .old),
                new: try members.decode(String.self, forKey: .new))
        case "upstream-changed": self = .upstreamChanged(node: try members.decode(String.self, forKey: .node))
        case "file-changed": self = .fileChanged(path: try members.decode(String.self, forKey: .path))
        case "version-changed": self = .versionChanged
        case "evicted": self = .evicted
        case "needed-again": self = .neededAgain(by: try members.decode(String.self, forKey: .node))
        case "output-missing": self = .outputMissing(path: try members.decode(String.self, forKey: .path))
        case "forced": self = .forced
        case "always-runs": self = .alwaysRuns
        case let other:
            throw DecodingError.dataCorruptedError(forKey: .name, in: members, debugDescription: "there is no reason \"\(other)\"")
        }
    }
}
