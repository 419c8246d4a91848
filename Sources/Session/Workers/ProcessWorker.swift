internal import Problems
internal import Glibc
internal import Synchronization
internal import WorkflowEngine

/// Computes in another process, which may die: it is started when there is something to do, and another one after it has died.
///
/// One thread looks after it, as long as the session lasts. Between runs the process stays, with its models and results in memory.
final class ProcessWorker: RunWorker {
    private let rules: WorkerRules
    private let setup: WorkerSetup
    private let environment: [String: String]
    private let keeper = ComputeLane(capacity: 16)
    private let state: Keeping
    private let current = Mutex<Int32?>(nil)

    /// What only the keeper's thread touches.
    private final class Keeping: @unchecked Sendable {
        var child: ChildProcess?
        var runs = 0
        /// Processes in a row that died without having finished anything.
        var deaths = 0
    }

    init(_ rules: WorkerRules, setup: WorkerSetup, environment: [String: String]) {
        (self.rules, self.setup, self.environment) = (rules, setup, environment)
        state = Keeping()
    }

    var retries: Int { rules.retries }
    var process: Int32? { current.withLock { $0 } }

    func run(_ work: RunWork, emit: @escaping @Sendable (RunEvent) -> Void) async -> RunOutcome {
        await onKeeper { [self] in compute(work, emit) }
    }

    func sheet(_ work: SheetWork, control: RunControl) async throws(SessionError) -> String? {
        let outcome = await onKeeper { [self] () -> Result<String?, SessionError> in
            do {
                var path: String?
                try serve(control, .makeSheet(work, run: state.runs + 1)) { message in
                    guard case .sheet(let found, _) = message else { return false }
                    path = found
                    return true
                }
                return .success(path)
            } catch let Trouble.died(death) {
                return .failure(SessionError(.noWorker, "the sheet could not be made: \(death.reason)", hint: death.hint))
            } catch let Trouble.refused(error) {
                return .failure(error)
            } catch {
                return .failure(SessionError(.noWorker, "\(error)"))
            }
        }
        return try outcome.get()
    }

    /// Lets the process end when it has done what was asked for.
    func close() {
        try? keeper.submit { [self] in
            state.child?.end()
            state.child = nil
            current.withLock { $0 = nil }
        }
    }

    private func onKeeper<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value where Value: FailedStart {
        await withCheckedContinuation { continuation in
            do throws(LaneError) {
                try keeper.submit { continuation.resume(returning: work()) }
            } catch {
                continuation.resume(returning: .notStarted(SessionError(error)))
            }
        }
    }

    // MARK: On the keeper's thread

    private enum Trouble: Error {
        case died(WorkerDeath)
        case refused(SessionError)
    }

    private func compute(_ work: RunWork, _ emit: @escaping @Sendable (RunEvent) -> Void) -> RunOutcome {
        var report: RunReport?
        do {
            try serve(work.control, .run(RunTask(work), run: state.runs + 1)) { message in
                switch message {
                case .event(let event, _): emit(event)
                case .report(let found, _): report = found
                default: break
                }
                return report != nil
            }
        } catch let Trouble.died(death) {
            return .died(death)
        } catch let Trouble.refused(error) {
            return .refused(error)
        } catch {
            return .refused(SessionError(.noWorker, "\(error)"))
        }
        return report.map { .report($0) } ?? .refused(SessionError(.noWorker, "the worker gave no report"))
    }

    /// Has something done, and reads messages until `isEnd` says that it was the last one.
    private func serve(_ control: RunControl, _ message: WorkerMessage, isEnd: (WorkerMessage) throws -> Bool) throws {
        let child = try self.child(control)
        state.runs += 1
        let run = state.runs
        let channel = child.channel
        do {
            try channel.send(message)
            control.listen { change in
                // One that can't hear it has died, which the loop below finds out.
                switch change {
                case .cancelled: try? channel.send(.cancel(run: run))
                case .previews(let wish): try? channel.send(.previews(wish, run: run))
                }
            }
            defer { control.listen(nil) }
            while true {
                let message = try child.receive(patience: rules.patience)
                if case .refused(let refusal, let number) = message, number == run {
                    state.deaths = 0
                    throw Trouble.refused(SessionError(refusal.code, refusal.reason))
                }
                guard message.run == run else { continue }
                if try isEnd(message) { break }
            }
            state.deaths = 0
        } catch let error as FrameError {
            throw Trouble.died(bury(child, error))
        }
    }

    private func bury(_ child: ChildProcess, _ error: FrameError) -> WorkerDeath {
        let death = child.death(error)
        state.child = nil
        current.withLock { $0 = nil }
        state.deaths += 1
        return death
    }

    /// The process; another one when there is none any more.
    private func child(_ control: RunControl) throws -> ChildProcess {
        if let child = state.child { return child }
        var failures = 0
        while true {
            try pause(control)
            do {
                let child = try greet()
                state.child = child
                current.withLock { $0 = child.identifier }
                return child
            } catch let Trouble.died(death) {
                failures += 1
                guard failures >= rules.failedStarts else { continue }
                throw Trouble.refused(
                    SessionError(
                        .noWorker, "\(failures) processes in a row died before they could begin: \(death.reason)", hint: death.hint))
            }
        }
    }

    /// Waits a little before the next process when the last one died at once.
    private func pause(_ control: RunControl) throws {
        guard state.deaths > 1 else { return }
        let seconds = min(rules.pause.most, rules.pause.first * Double(1 << min(state.deaths - 2, 20)))
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end, !control.isCancelled { usleep(10_000) }
    }

    /// Starts a process and makes sure that it is the same program.
    private func greet() throws -> ChildProcess {
        let child = try start()
        do {
            try exchange(with: child)
        } catch let error as FrameError {
            throw Trouble.died(bury(child, error))
        }
        return child
    }

    private func start() throws -> ChildProcess {
        do throws(FrameError) {
            return try ChildProcess(
                program: rules.program, arguments: rules.arguments + ["\(getpid())"], environment: environment)
        } catch {
            throw Trouble.refused(SessionError(.noWorker, "the process that is to compute can't be started: \(error)"))
        }
    }

    private func exchange(with child: ChildProcess) throws {
        guard case .hello(let hello) = try child.receive(patience: rules.patience) else { throw FrameError.nonsense("no greeting") }
        guard hello.version == WorkerMessage.version, hello.program == setup.program else {
            child.kill()
            throw Trouble.refused(
                SessionError(.noWorker, "\(rules.program) is another version (\(hello.program)) than this program (\(setup.program))"))
        }
        try child.channel.send(.setup(setup))
    }
}

/// What can say that it was never begun.
private protocol FailedStart {
    static func notStarted(_ error: SessionError) -> Self
}

extension RunOutcome: FailedStart {
    static func notStarted(_ error: SessionError) -> RunOutcome { .refused(error) }
}

extension Result: FailedStart where Failure == SessionError {
    static func notStarted(_ error: SessionError) -> Result { .failure(error) }
}

extension WorkerMessage {
    /// Which piece of work it is about.
    var run: Int? {
        switch self {
        case .event(_, let run), .report(_, let run), .sheet(_, let run), .refused(_, let run), .run(_, let run), .makeSheet(_, let run),
            .cancel(let run), .previews(_, let run):
            run
        case .hello, .beat, .setup, .end: nil
        }
    }
}
