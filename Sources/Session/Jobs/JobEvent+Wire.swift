internal import Formats
internal import Problems
internal import WorkflowEngine
internal import Workflows

/// One flat object: `event` says what happened, `version`, `sequence`, `time`, `date`, `job` and `run` are those of the job; the rest
/// depends on the event.
extension JobEvent: Codable {
    private enum Keys: String, CodingKey {
        case version, sequence, time, date, job, run, event
        case ahead, of, values, problems, death, again, report, path, outcome, message
    }

    /// The word for what happened.
    public var name: String {
        switch kind {
        case .queued: "queued"
        case .began: "began"
        case .run: "run"
        case .unresolved: "unresolved"
        case .engine(let event): event.name
        case .workerDied: "worker-died"
        case .report: "report"
        case .sheet: "sheet"
        case .ended: "ended"
        case .unknown(let name): name
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Keys.self)
        try members.encode(Self.version, forKey: .version)
        try members.encode(sequence, forKey: .sequence)
        try members.encode((time * 1000).rounded() / 1000, forKey: .time)
        try members.encode((date * 1000).rounded() / 1000, forKey: .date)
        try members.encode(job, forKey: .job)
        try members.encodeIfPresent(run, forKey: .run)
        if case .engine(let event) = kind { return try event.encode(to: encoder) }
        try members.encode(name, forKey: .event)
        switch kind {
        case .queued(let ahead): try members.encode(ahead, forKey: .ahead)
        case .run(let number, let count, let values):
            try members.encode(number, forKey: .run)
            try members.encode(count, forKey: .of)
            try members.encode(values, forKey: .values)
        case .unresolved(let problems): try members.encode(problems.map(WireDiagnostic.init), forKey: .problems)
        case .workerDied(let death, let again):
            try members.encode(death, forKey: .death)
            try members.encode(death.headline, forKey: .message)
            try members.encode(again, forKey: .again)
        case .report(let report): try members.encode(report, forKey: .report)
        case .sheet(let path): try members.encode(path, forKey: .path)
        case .ended(let outcome, let message):
            try members.encode(outcome, forKey: .outcome)
            try members.encodeIfPresent(message, forKey: .message)
        case .began, .engine, .unknown: break
        }
    }

    /// What isn't known here becomes `.unknown`.
    ///
    /// - Throws: `DecodingError` for what isn't an event, or is one of a form that can't be understood here.
    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Keys.self)
        let version = try members.decode(Int.self, forKey: .version)
        guard version == Self.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: members, debugDescription: "version \(version) of events, not \(Self.version)")
        }
        let name = try members.decode(String.self, forKey: .event)
        let kind: Kind =
            switch name {
            case "queued": .queued(ahead: try members.decode(Int.self, forKey: .ahead))
            case "began": .began
            case "run":
                .run(
                    try members.decode(Int.self, forKey: .run), of: try members.decode(Int.self, forKey: .of),
                    values: try members.decode(String.self, forKey: .values))
            case "unresolved": .unresolved(try members.decode([WireDiagnostic].self, forKey: .problems).map(\.diagnostic))
            case "worker-died":
                .workerDied(
                    try members.decode(WorkerDeath.self, forKey: .death), beginsAgain: try members.decode(Bool.self, forKey: .again))
            case "report": .report(try members.decode(RunReport.self, forKey: .report))
            case "sheet": .sheet(path: try members.decode(String.self, forKey: .path))
            case "ended":
                .ended(
                    try members.decode(JobReport.End.self, forKey: .outcome),
                    message: try members.decodeIfPresent(String.self, forKey: .message))
            case let name where RunEvent.isKnown(name): .engine(try RunEvent(from: decoder))
            default: .unknown(name)
            }
        self.init(
            sequence: try members.decode(UInt64.self, forKey: .sequence), time: try members.decode(Double.self, forKey: .time),
            date: try members.decode(Double.self, forKey: .date), job: try members.decode(JobID.self, forKey: .job),
            run: try members.decodeIfPresent(Int.self, forKey: .run), kind: kind)
    }
}

/// A problem with a workflow as events carry it.
private struct WireDiagnostic: Codable {
    var severity: String, code: String, message: String
    var file: String?, line: Int32?, column: Int32?
    var node: String?, input: String?, hint: String?

    init(_ diagnostic: Diagnostic) {
        (severity, code, message) = (diagnostic.severity.rawValue, diagnostic.code.rawValue, diagnostic.message)
        (file, line, column) = (diagnostic.file, diagnostic.position?.line, diagnostic.position?.column)
        (node, input, hint) = (diagnostic.node, diagnostic.input, diagnostic.hint)
    }

    var diagnostic: Diagnostic {
        let position = line.map { SourcePosition(line: Int($0), column: Int(column ?? 1)) }
        return Diagnostic(
            Diagnostic.Severity(rawValue: severity) ?? .error, DiagnosticCode(rawValue: code) ?? .syntax, message, file: file,
            position: position, node: node, input: input, hint: hint)
    }
}
