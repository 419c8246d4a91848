internal import Foundation
internal import Problems

/// An event as one flat object: `event` says which, `node`, `title` and `type` which node it is about.
///
/// Texts for people (`reason` of what starts or is skipped) stand beside what programs read (`why`, `cause`). The bytes of a preview
/// are base64 in `picture.data`; who carries them apart takes them out of the event first.
extension RunEvent: Codable {
    enum Keys: String, CodingKey {
        case event, node, title, type, nodes, reason, why, step, of, rate, seconds, path, kind, from, message, cause, problem, picture
    }

    /// The word for what happened.
    public var name: String {
        switch self {
        case .planned: "planned"
        case .started: "started"
        case .progress: "progress"
        case .resumed: "resumed"
        case .preview: "preview"
        case .warning: "warning"
        case .outputFile: "file"
        case .text: "text"
        case .finished: "finished"
        case .reused: "reused"
        case .failed: "failed"
        case .skipped: "skipped"
        case .interrupted: "interrupted"
        }
    }

    /// The words of all events.
    static let names: Set<String> = [
        "planned", "started", "progress", "resumed", "preview", "warning", "file", "text", "finished", "reused", "failed", "skipped",
        "interrupted",
    ]

    /// The node it is about.
    public var node: NodeLabel? {
        switch self {
        case .planned, .interrupted: nil
        case .started(let node, _), .progress(let node, _, _, _), .resumed(let node, _, _), .preview(let node, _, _, _),
            .outputFile(let node, _, _), .text(let node, _), .finished(let node, _), .reused(let node, _), .skipped(let node, _):
            node
        case .warning(let node, _): node
        case .failed(let failure): failure.node
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Keys.self)
        try members.encode(name, forKey: .event)
        if let node {
            try members.encode(node.name, forKey: .node)
            try members.encode(node.title, forKey: .title)
            try members.encode(node.type, forKey: .type)
        }
        switch self {
        case .planned(let nodes): try members.encode(nodes, forKey: .nodes)
        case .started(_, let reason):
            try members.encode("\(reason)", forKey: .reason)
            try members.encode(reason, forKey: .why)
        case .progress(_, let step, let total, let rate):
            try members.encode(step, forKey: .step)
            try members.encode(total, forKey: .of)
            try members.encode(rate, forKey: .rate)
        case .resumed(_, let step, let total):
            try members.encode(step, forKey: .step)
            try members.encode(total, forKey: .of)
        case .preview(_, let picture, let step, let total):
            try members.encode(step, forKey: .step)
            try members.encode(total, forKey: .of)
            try members.encode(picture, forKey: .picture)
        case .warning(_, let message), .text(_, let message): try members.encode(message, forKey: .message)
        case .outputFile(_, let file, let isReused):
            try members.encode(file.path, forKey: .path)
            try members.encode(file.kind, forKey: .kind)
            if isReused { try members.encode("earlier run", forKey: .from) }
        case .finished(_, let seconds): try members.encode(seconds, forKey: .seconds)
        case .reused(_, let place): try members.encodeIfPresent(place, forKey: .from)
        case .failed(let failure):
            try members.encode(failure.message, forKey: .message)
            try members.encode(ProblemRecord(failure), forKey: .problem)
        case .skipped(_, let cause):
            try members.encode("\(cause) failed", forKey: .reason)
            try members.encode(cause, forKey: .cause)
        case .interrupted: break
        }
    }

    /// - Throws: `DecodingError`; `RunEvent.isKnown` tells an event of a later version beforehand.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Keys.self)
        func text(_ key: Keys) throws -> String { try members.decode(String.self, forKey: key) }
        func count(_ key: Keys) throws -> Int { try members.decode(Int.self, forKey: key) }
        func label() throws -> NodeLabel { NodeLabel(name: try text(.node), title: try text(.title), type: try text(.type)) }
        switch try text(.event) {
        case "planned": self = .planned(nodes: try count(.nodes))
        case "started": self = .started(node: try label(), reason: try members.decode(RunReason.self, forKey: .why))
        case "progress":
            self = .progress(
                node: try label(), step: try count(.step), of: try count(.of), rate: try members.decode(Double.self, forKey: .rate))
        case "resumed": self = .resumed(node: try label(), step: try count(.step), of: try count(.of))
        case "preview":
            self = .preview(
                node: try label(), picture: try members.decode(EncodedPicture.self, forKey: .picture), step: try count(.step),
                of: try count(.of))
        case "warning": self = .warning(node: members.contains(.node) ? try label() : nil, message: try text(.message))
        case "file":
            let file = OutputFile(path: try text(.path), kind: try members.decode(OutputFile.Kind.self, forKey: .kind))
            self = .outputFile(node: try label(), file: file, isReused: members.contains(.from))
        case "text": self = .text(node: try label(), text: try text(.message))
        case "finished": self = .finished(node: try label(), seconds: try members.decode(Double.self, forKey: .seconds))
        case "reused": self = .reused(node: try label(), from: try members.decodeIfPresent(ResultCache.Place.self, forKey: .from))
        case "failed":
            self = .failed(RunFailure(node: try label(), carried: try members.decode(ProblemRecord.self, forKey: .problem)))
        case "skipped": self = .skipped(node: try label(), because: try text(.cause))
        case "interrupted": self = .interrupted
        case let other:
            throw DecodingError.dataCorruptedError(forKey: .event, in: members, debugDescription: "there is no event \"\(other)\"")
        }
    }

    /// Whether an event of this name can be read; a later version may have more.
    public static func isKnown(_ name: String) -> Bool { names.contains(name) }
}

extension EncodedPicture: Codable {
    private enum Keys: String, CodingKey { case format, width, height, data }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Keys.self)
        try members.encode(format, forKey: .format)
        try members.encode(width, forKey: .width)
        try members.encode(height, forKey: .height)
        if !bytes.isEmpty { try members.encode(Data(bytes).base64EncodedString(), forKey: .data) }
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Keys.self)
        let text = try members.decodeIfPresent(String.self, forKey: .data)
        guard let bytes = Data(base64Encoded: text ?? "") else {
            throw DecodingError.dataCorruptedError(forKey: .data, in: members, debugDescription: "the picture isn't base64")
        }
        self.init(
            format: try members.decode(Format.self, forKey: .format), width: try members.decode(Int.self, forKey: .width),
            height: try members.decode(Int.self, forKey: .height), bytes: Array(bytes))
    }
}
