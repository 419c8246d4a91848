internal import Synchronization

/// What runs operations: the kernels, or something around them that counts or records.
public protocol OperationExecutor: Sendable {
    /// The result of one operation.
    ///
    /// - Throws: `CancellationError` when the work was asked to stop.
    func run(_ operation: TensorOperation) throws -> Tensor
}

/// Counts operations by kind and has another executor run them: what tests and benchmarks hold a network to.
public final class OperationCounter: OperationExecutor {
    private let base: any OperationExecutor
    private let found = Mutex<[TensorOperation.Kind: Int]>([:])

    public init(around base: any OperationExecutor = KernelExecutor()) { self.base = base }

    public func run(_ operation: TensorOperation) throws -> Tensor {
        found.withLock { $0[operation.kind, default: 0] += 1 }
        return try base.run(operation)
    }

    /// How many operations of each kind there were since the last call.
    public func take() -> [TensorOperation.Kind: Int] {
        found.withLock { found in
            defer { found = [:] }
            return found
        }
    }
}
