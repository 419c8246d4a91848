internal import Foundation
internal import WorkflowEngine
internal import Workflows

/// What a session and its worker tell each other. Private to one program: both sides are the same build, which the greeting makes sure of.
enum WorkerMessage: Sendable {
    static let version = 1

    // The worker's.
    case hello(Hello)
    case event(RunEvent, run: Int)
    case report(RunReport, run: Int)
    case sheet(path: String?, run: Int)
    case refused(Refusal, run: Int)
    /// It is alive.
    case beat

    // The session's.
    case setup(WorkerSetup)
    case run(RunTask, run: Int)
    case makeSheet(SheetWork, run: Int)
    case cancel(run: Int)
    case previews(PreviewWish, run: Int)
    /// Nothing more will come.
    case end

    struct Hello: Sendable, Codable, Equatable {
        var version: Int
        var program: String
        var process: Int32
    }

    struct Refusal: Sendable, Codable, Equatable {
        var code: SessionError.Code
        var reason: String
    }
}

/// What a worker has to know before its first run.
struct WorkerSetup: Sendable, Codable, Equatable {
    var program: String
    var cache: CacheRules
    var threads: Int?
    var memory: Int?

    init(_ configuration: SessionConfiguration) {
        program = configuration.program
        cache = configuration.cache
        (threads, memory) = (configuration.computing.threads, configuration.computing.memory)
    }
}

/// One run as it travels: the graph with all settings in it, and how it is computed.
struct RunTask: Sendable, Codable, Equatable {
    var graph: ResolvedGraph
    var folders: FolderSet
    var identity: String?
    var forcesAll: Bool
    var forcedNodes: [String]
    var resumeInterval: Double
    /// The text of the workflow as ComfyUI's window saved it, for the files that nodes write.
    var uiText: String?
    /// The text of the workflow in our own form, for the same.
    var carriedText: String?
    var warnings: [String]
    var isStrict: Bool
    var previews: PreviewWish

    init(_ work: RunWork) {
        graph = work.graph
        folders = FolderSet(work.services)
        identity = work.options.workflow
        (forcesAll, forcedNodes) = (work.options.forcesAll, work.options.forcedNodes.sorted())
        (resumeInterval, uiText) = (work.options.resumeInterval, work.options.uiText)
        carriedText = work.options.carriedText
        (warnings, isStrict) = (work.options.warnings, work.options.isStrict)
        previews = work.control.previews
    }

    var options: RunOptions {
        var options = RunOptions(workflow: identity)
        (options.forcesAll, options.forcedNodes) = (forcesAll, Set(forcedNodes))
        (options.warnings, options.isStrict) = (warnings, isStrict)
        (options.uiText, options.carriedText, options.resumeInterval) = (uiText, carriedText, resumeInterval)
        return options
    }
}

extension WorkerMessage {
    /// What stands in the header: which message, and all of it that isn't long.
    private struct Header: Codable {
        var kind: String
        var run: Int?
        var hello: Hello?
        var setup: WorkerSetup?
        var event: RunEvent?
        var refusal: Refusal?
        var previews: PreviewWish?
        var path: String?
    }

    var frame: Frame {
        get throws {
            let encoder = JSONEncoder()
            var header = Header(kind: "")
            var body = Data()
            switch self {
            case .hello(let hello): header = Header(kind: "hello", hello: hello)
            case .event(.preview(let node, var picture, let step, let of), let run):
                body = Data(picture.bytes)
                picture.bytes = []
                header = Header(kind: "event", run: run, event: .preview(node: node, picture: picture, step: step, of: of))
            case .event(let event, let run): header = Header(kind: "event", run: run, event: event)
            case .report(let report, let run):
                header = Header(kind: "report", run: run)
                body = try encoder.encode(report)
            case .sheet(let path, let run): header = Header(kind: "sheet", run: run, path: path)
            case .refused(let refusal, let run): header = Header(kind: "refused", run: run, refusal: refusal)
            case .beat: header = Header(kind: "beat")
            case .setup(let setup): header = Header(kind: "setup", setup: setup)
            case .run(let task, let run):
                header = Header(kind: "run", run: run)
                body = try encoder.encode(task)
            case .makeSheet(let work, let run):
                header = Header(kind: "make-sheet", run: run)
                body = try encoder.encode(work)
            case .cancel(let run): header = Header(kind: "cancel", run: run)
            case .previews(let wish, let run): header = Header(kind: "previews", run: run, previews: wish)
            case .end: header = Header(kind: "end")
            }
            return Frame(header: Array(try encoder.encode(header)), body: Array(body))
        }
    }

    /// - Throws: `FrameError.nonsense` for what isn't a message.
    init(_ frame: Frame) throws(FrameError) {
        do {
            self = try Self.decoded(frame)
        } catch let error as FrameError {
            throw error
        } catch {
            throw .nonsense("\(error)")
        }
    }

    private static func decoded(_ frame: Frame) throws -> WorkerMessage {
        let decoder = JSONDecoder()
        let header = try decoder.decode(Header.self, from: Data(frame.header))
        func part<Part>(_ part: Part?, _ name: String) throws -> Part {
            guard let part else { throw FrameError.nonsense("\"\(header.kind)\" without \(name)") }
            return part
        }
        func body<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.decode(type, from: Data(frame.body)) }
        func run() throws -> Int { try part(header.run, "run") }
        switch header.kind {
        case "hello": return .hello(try part(header.hello, "hello"))
        case "event":
            var event = try part(header.event, "event")
            if case .preview(let node, var picture, let step, let of) = event {
                picture.bytes = frame.body
                event = .preview(node: node, picture: picture, step: step, of: of)
            }
            return .event(event, run: try run())
        case "report": return .report(try body(RunReport.self), run: try run())
        case "sheet": return .sheet(path: header.path, run: try run())
        case "refused": return .refused(try part(header.refusal, "refusal"), run: try run())
        case "beat": return .beat
        case "setup": return .setup(try part(header.setup, "setup"))
        case "run": return .run(try body(RunTask.self), run: try run())
        case "make-sheet": return .makeSheet(try body(SheetWork.self), run: try run())
        case "cancel": return .cancel(run: try run())
        case "previews": return .previews(try part(header.previews, "previews"), run: try run())
        case "end": return .end
        case let other: throw FrameError.nonsense("there is no \"\(other)\"")
        }
    }
}

extension FrameChannel {
    /// Sends a message.
    func send(_ message: WorkerMessage) throws(FrameError) {
        let frame: Frame
        do { frame = try message.frame } catch { throw .nonsense("\(error)") }
        try send(frame)
    }
}
