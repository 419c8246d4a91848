internal import Problems
internal import CProcesses
internal import Diffusion
internal import Glibc
internal import Nodes
internal import Synchronization
internal import Tensors
internal import WorkflowEngine

/// The other side of `ProcessWorker`: a process that computes what it is sent, and ends with whoever started it.
public enum WorkerMain {
    /// The descriptor that the channel is inherited as.
    private static let descriptor: Int32 = 3

    /// Serves until the channel is closed.
    ///
    /// - Parameters:
    ///   - program: the program's version.
    ///   - parent: the process that started this one.
    /// - Returns: what to end with.
    public static func run(program: String, parent: Int32) -> Int32 {
        var kind = stat()
        guard fstat(descriptor, &kind) == 0, kind.st_mode & S_IFMT == S_IFSOCK, cp_die_with(parent) == 0 else { return 2 }
        // Ctrl-C goes to both; the one that started us says what is to become of it.
        signal(SIGINT, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        cp_set_name("darkroom-worker")
        let channel = FrameChannel(descriptor: descriptor)
        do {
            try channel.send(.hello(.init(version: WorkerMessage.version, program: program, process: getpid())))
            guard case .setup(let setup) = try WorkerMessage(channel.receive()) else { return 2 }
            let server = WorkerServer(channel, setup)
            try server.serve()
            return 0
        } catch {
            return error == .closed ? 0 : 2
        }
    }
}

/// Computes what comes over a channel.
private final class WorkerServer: Sendable {
    private let channel: FrameChannel
    private let cache: ResultCache
    private let lane = ComputeLane(capacity: 16)
    private let controls = Mutex<[Int: RunControl]>([:])

    init(_ channel: FrameChannel, _ setup: WorkerSetup) {
        self.channel = channel
        ComputingRules(threads: setup.threads, memory: setup.memory).apply()
        cache = setup.cache.cache
    }

    func serve() throws(FrameError) {
        _ = PlainThread.start { [self] in beat() }
        while true {
            switch try WorkerMessage(channel.receive()) {
            case .run(let task, let run):
                let control = RunControl()
                control.setPreviews(task.previews)
                begin(run, control) { [self] in compute(task, run, control) }
            case .makeSheet(let work, let run):
                begin(run, RunControl()) { [self] in
                    do {
                        tell(.sheet(path: try work.write(), run: run))
                    } catch {
                        tell(.refused(.init(code: .unreadableFile, reason: "\(error)"), run: run))
                    }
                }
            case .cancel(let run): controls.withLock { $0[run] }?.cancel()
            case .previews(let wish, let run): controls.withLock { $0[run] }?.setPreviews(wish)
            case .end: return
            case .hello, .event, .report, .sheet, .refused, .beat, .setup: throw .nonsense("what only a worker says")
            }
        }
    }

    private func begin(_ run: Int, _ control: RunControl, _ work: @escaping @Sendable () -> Void) {
        controls.withLock { $0[run] = control }
        do {
            try lane.submit { [self] in
                work()
                controls.withLock { $0[run] = nil }
            }
        } catch {
            controls.withLock { $0[run] = nil }
            let error = SessionError(error)
            tell(.refused(.init(code: error.code, reason: error.reason), run: run))
        }
    }

    /// Without somebody to tell it to there is nothing left to do.
    private func tell(_ message: WorkerMessage) {
        do { try channel.send(message) } catch { _exit(0) }
    }

    /// Says every second that it is alive, while it works.
    private func beat() {
        while true {
            sleep(1)
            if !controls.withLock({ $0.isEmpty }) { tell(.beat) }
        }
    }

    private func compute(_ task: RunTask, _ run: Int, _ control: RunControl) {
        TensorMemory.trimHeap()
        let services = task.folders.services
        let library = StandardNodes(services: services)
        var options = task.options
        options.previews = PreviewRequest(control)
        let engine = Engine(library: library, cache: cache, lane: lane)
        let report = engine.compute(
            task.graph, options: options, cancellation: control.cancellation, emit: { [self] in tell(.event($0, run: run)) })
        tell(.report(report, run: run))
    }
}
