internal import Synchronization

/// A request to stop: made once, on any thread, and noticed by whatever computes for the one who made it.
///
/// Whoever starts work makes its cancellation the current one (`whileCurrent`). Everything that may take long asks it in one way,
/// `try Cancellation.check()`: operations of networks before they run, picture operations for each band of rows, hashing and reading
/// for each few megabytes, packing for each layer. So no signature carries it. Work that is handed to another thread takes
/// `Cancellation.current` along.
///
/// Once cancelled it stays cancelled. What was computed under a cancelled one is thrown away by whoever started the work, so a
/// loop that notices late does no harm.
public final class Cancellation: Sendable {
    /// What the work of this thread (or task) asks; `nil` when nobody can stop it.
    @TaskLocal public static var current: Cancellation?

    private let requested = Atomic<Bool>(false)
    /// Checks that still pass before it cancels itself; only tests count.
    private let fuse: Fuse?

    private final class Fuse: Sendable {
        let limit: Int
        let checks = Atomic<Int>(0)
        init(_ limit: Int) { self.limit = limit }
    }

    public init() { fuse = nil }

    /// One that cancels itself: `count` checks pass, the next one and all after it don't. A test that raises the count from 0 stops
    /// some work at every place that can be stopped.
    public init(afterChecks count: Int) { fuse = Fuse(count) }

    /// Asks the work to stop. Safe from any thread and from a signal's dispatch source, also more than once.
    public func cancel() { requested.store(true, ordering: .relaxed) }

    /// Whether it was asked to stop. Cheap, and no check that a fuse counts.
    public var isCancelled: Bool { requested.load(ordering: .relaxed) }

    /// How often it was checked; 0 unless made with `afterChecks`.
    public var checks: Int { fuse?.checks.load(ordering: .relaxed) ?? 0 }

    /// - Throws: `CancellationError` when it was asked to stop.
    public func check() throws(CancellationError) {
        if let fuse {
            let before = fuse.checks.wrappingAdd(1, ordering: .relaxed).oldValue
            if before >= fuse.limit { cancel() }
        }
        if isCancelled { throw CancellationError() }
    }

    /// The one place that asks: costs some nanoseconds, so a loop may ask for every row of a picture.
    ///
    /// - Throws: `CancellationError` when the current cancellation was asked to stop.
    @inline(__always)
    public static func check() throws(CancellationError) { try current?.check() }

    /// Calls `body`; until it returns this cancellation is the current one, of this thread and of tasks that it starts.
    public func whileCurrent<Result>(_ body: () throws -> Result) rethrows -> Result {
        try Self.$current.withValue(self, operation: body)
    }
}
