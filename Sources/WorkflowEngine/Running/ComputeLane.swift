internal import DequeModule
internal import Dispatch
internal import Glibc
public import Problems
internal import Synchronization

/// One thread that does one thing after another, in the order in which they were handed over.
///
/// Computing blocks, so it must not happen on Swift's cooperative threads; and each run uses all cores, so two at a time would only be
/// in each other's way. Whoever computes in a process shares one lane. The thread is made with the first work and ends with the lane,
/// after what was handed over before.
public final class ComputeLane: Sendable {
    private let line = Line()
    /// Most pieces of work that wait; the one that is under way doesn't count.
    public let capacity: Int

    public init(capacity: Int = 1024) { self.capacity = max(1, capacity) }

    deinit { line.close() }

    /// How many pieces of work wait for their turn.
    public var waiting: Int { line.state.withLock { $0.work.count } }

    /// Hands work over; it is done after everything that was handed over before.
    ///
    /// - Throws: `LaneError` when too much is waiting, or when the system has no thread for it. The work isn't done then.
    public func submit(_ work: @escaping @Sendable () -> Void) throws(LaneError) {
        try line.add(work, capacity: capacity)
    }

    /// What the thread holds on to: not the lane, so that the lane can end.
    private final class Line: Sendable {
        struct State {
            var work = Deque<@Sendable () -> Void>()
            var hasThread = false
            var isClosed = false
        }
        let state = Mutex(State())
        private let signal = DispatchSemaphore(value: 0)

        func add(_ work: @escaping @Sendable () -> Void, capacity: Int) throws(LaneError) {
            let refusal = state.withLock { state -> LaneError? in
                guard state.work.count < capacity else { return .full(capacity: capacity) }
                if !state.hasThread {
                    let status = PlainThread.start { [self] in serve() }
                    guard status == 0 else { return .noThread(errno: status) }
                    state.hasThread = true
                }
                state.work.append(work)
                return nil
            }
            if let refusal { throw refusal }
            signal.signal()
        }

        func close() {
            state.withLock { $0.isClosed = true }
            signal.signal()
        }

        private func serve() {
            while true {
                signal.wait()
                // One at a time, so that nothing of a finished piece stays alive while the next one waits.
                guard let work = state.withLock({ $0.work.popFirst() }) else {
                    if state.withLock({ $0.isClosed }) { return }
                    continue
                }
                work()
            }
        }
    }
}

/// Why a lane took no work.
public enum LaneError: Problem, Equatable {
    /// So many pieces are waiting already.
    case full(capacity: Int)
    /// The system gave no thread; the number is its error.
    case noThread(errno: Int32)

    public enum Code: String, ProblemCode {
        case full = "lane-full"
        case noThread = "lane-without-thread"

        public var category: ProblemCategory { .exhausted }

        public var meaning: String {
            switch self {
            case .full: "As many runs wait as may wait."
            case .noThread: "The system has no thread to compute on."
            }
        }

        public var hint: String {
            switch self {
            case .full: "Wait until some of them have ended."
            case .noThread: "End other programs, or raise the limit of processes."
            }
        }
    }

    public var code: Code {
        switch self {
        case .full: .full
        case .noThread: .noThread
        }
    }

    public var reason: String {
        switch self {
        case .full(let capacity): "\(capacity) runs are waiting already, which is the limit"
        case .noThread(let errno): "there is no thread to compute on: \(String(cString: strerror(errno)))"
        }
    }
}
