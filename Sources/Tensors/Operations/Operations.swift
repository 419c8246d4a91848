internal import Cancellations

/// Through which a network computes: every step of its arithmetic is a call of this, and nothing else.
///
/// It has operations run, times them for whoever looks on, and stops between them, and inside long ones, when the work was asked to
/// stop: a network whose steps all go through here can be counted, recorded and cancelled without knowing of it.
public struct Operations: Sendable {
    private let observer: (any LayerObserver)?
    private let executor: any OperationExecutor

    public init(observer: (any LayerObserver)? = nil, executor: any OperationExecutor = KernelExecutor()) {
        self.observer = observer
        self.executor = executor
    }

    /// Runs one operation.
    ///
    /// - Parameter name: of the layer, for those who look on.
    /// - Throws: `CancellationError` when the work was asked to stop before the operation was done.
    @inline(__always)
    public func run(_ operation: TensorOperation, named name: @autoclosure () -> String = "") throws -> Tensor {
        try Cancellation.check()
        guard let observer else { return try executor.run(operation) }
        let start = ContinuousClock.now
        let output = try executor.run(operation)
        observer.layer(operation.kind, name(), took: ContinuousClock.now - start, output: output)
        return output
    }

    /// Whether somebody looks on: networks then compute what they else would fuse, so that parts can be looked at.
    public var isObserved: Bool { observer != nil }

    /// Tells that a block of several layers is done.
    @inline(__always)
    public func block(_ name: @autoclosure () -> String, _ output: Tensor) {
        if let observer { observer.block(name(), output: output) }
    }
}
