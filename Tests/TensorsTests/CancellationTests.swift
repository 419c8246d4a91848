import CTensorKernels
import Cancellations
import Synchronization
@testable import Tensors
import Testing

@Suite("Cancellation")
struct CancellationTests {
    @Test("without a current one nothing is stopped")
    func none() throws { try Cancellation.check() }

    @Test("a check throws once it was asked to stop, and only inside its scope")
    func scope() throws {
        let cancellation = Cancellation()
        try cancellation.whileCurrent { try Cancellation.check() }
        cancellation.cancel()
        #expect(throws: CancellationError.self) { try cancellation.whileCurrent { try Cancellation.check() } }
        try Cancellation.check()
    }

    @Test("the one inside counts where two are nested, and the outer one is back afterwards")
    func nested() throws {
        let outer = Cancellation(), inner = Cancellation()
        inner.cancel()
        try outer.whileCurrent {
            #expect(throws: CancellationError.self) { try inner.whileCurrent { try Cancellation.check() } }
            try Cancellation.check()
        }
    }

    @Test("a fuse lets so many checks pass, then stays blown")
    func fuse() {
        let cancellation = Cancellation(afterChecks: 2)
        var passed = 0
        for _ in 0..<5 where (try? cancellation.check()) != nil { passed += 1 }
        #expect(passed == 2)
        #expect(cancellation.isCancelled)
        #expect(cancellation.checks == 5)
    }

    /// One operation of each kind that exists.
    static let operations: [TensorOperation] = {
        let x = Fixture.tensor([1, 4, 4, 32], seed: 1)
        let tokens = x.reshaped([1, 16, 32])
        let square = Fixture.tensor([32, 32], seed: 2)
        let norm = NormWeights(weight: Tensor(repeating: 1, shape: [32]), bias: .zeros([32]))
        let kernel = ConvolutionWeights(weight: Fixture.tensor([32, 32, 3, 3], seed: 3), bias: nil, padding: Padding(1))
        var sums = GroupNormSums(channels: 32)
        sums.add(x)
        struct Doubling: TensorFunction {
            var name: String { "doubling" }
            func value(of operands: [Tensor]) -> Tensor { operands[0] + operands[0] }
        }
        return [
            .linear([tokens], LinearWeights(weight: square, bias: nil), activation: .none, residual: nil),
            .gatedLinear(tokens, GEGLUWeights(weight: square, bias: nil)),
            .convolution([x], kernel, upsampling: false, channelBias: nil, activation: .none, residual: nil),
            .groupNorm([x], norm, groups: 32, epsilon: 1e-5, silu: true, overwriting: false),
            .layerNorm(tokens, norm, epsilon: 1e-5),
            .attention(
                query: TokenColumns(tokens), key: TokenColumns(tokens), value: TokenColumns(tokens), heads: 2, isCausal: false,
                scale: nil),
            .lookUp(table: square, rows: [1, 0, 1]),
            .product(square, square, transposing: .second),
            .softmax(tokens), .activate(x, .silu), .apply(.tanh, x), .parametricReLU(x, slopes: Tensor(repeating: 0.1, shape: [32])),
            .add(x, x), .scale(x, by: 2), .combine(1, x, 2, x), .addToChannels(x, .zeros([1, 32])), .averageOverPicture(x), .halve(x),
            .resizeNearest(x, height: 3, width: 5), .mirrorBeyond(x, below: 1, right: 2), .join([x, x], along: 3),
            .take(x, along: 3, from: 4, count: 8), .permute(x, [0, 3, 1, 2]), .pick(square, items: [3, 3]),
            .convolutionRows(
                PictureBand(rows: 0..<4, pixels: x), ofHeight: 4, rows: 0..<4, kernel, upsampling: false, activation: .none, residual: nil),
            .groupNormRows(x, sums.factors(norm, epsilon: 1e-5), silu: true, overwriting: false),
            .attentionPart(
                query: TokenColumns(tokens), key: TokenColumns(tokens), value: TokenColumns(tokens), heads: 2, state: nil, isLast: true),
            .function(Doubling(), [x]),
        ]
    }()

    @Test("a rehearsal of an operation gives its result's shape, and takes no memory that stays")
    func rehearsals() throws {
        let rehearsal = Rehearsal()
        for operation in Self.operations {
            let result = try KernelExecutor().run(operation)
            #expect(try rehearsal.run(operation).shape == result.shape, "\(operation.kind)")
        }
        // One at a time was alive, the largest of them.
        #expect(rehearsal.peakBytes < 1 << 20)
        #expect(rehearsal.peakBytes > 0)
    }

    @Test("every kind of operation runs, is counted, and stops before it runs when it was cancelled")
    func everyOperation() throws {
        let counter = OperationCounter()
        let operations = Operations(executor: counter)
        for operation in Self.operations {
            _ = try operations.run(operation)
            let stopped = Cancellation()
            stopped.cancel()
            #expect(throws: CancellationError.self, "\(operation.kind)") {
                try stopped.whileCurrent { try operations.run(operation) }
            }
        }
        let counts = counter.take()
        #expect(counts == Dictionary(uniqueKeysWithValues: TensorOperation.Kind.allCases.map { ($0, 1) }))
        #expect(counter.take().isEmpty)
    }
}

extension KernelTests {
    @Suite("stopped jobs") struct Stopping {
        /// What units of a job share.
        final class Log: Sendable {
            let done = Atomic<Int>(0)
            let stops: Int
            init(stops: Int) { self.stops = stops }
        }

        @Test("a job that is stopped begins no further unit", arguments: [1, 4])
        func units(threads: Int) {
            ComputeThreads.set(threads)
            defer { ComputeThreads.set(nil) }
            let log = Log(stops: 10)
            let context = UnsafeMutableRawPointer(mutating: UnsafeRawPointer(Unmanaged.passUnretained(log).toOpaque()))
            let stop = dk_stop(asked: { Unmanaged<Log>.fromOpaque($0!).takeUnretainedValue().isDone }, context: context)
            let before = dk_stop_when(stop)
            let unit: dk_unit_fn = { context, _, _ in
                _ = Unmanaged<Log>.fromOpaque(context!).takeUnretainedValue().done.add(1, ordering: .relaxed)
            }
            dk_run(100_000, unit, context)
            // Threads that are in a unit finish it.
            let done = log.done.load(ordering: .relaxed)
            #expect(done >= log.stops && done < log.stops + threads)
            #expect(dk_stop_when(before).asked != nil)
            dk_run(50, unit, context)
            #expect(log.done.load(ordering: .relaxed) == done + 50)
        }

        @Test("an operation that is cancelled in the middle throws and leaves the next one whole")
        func middle() throws {
            let tokens = Fixture.tensor([1, 4096, 64], seed: 1)
            let attention = TensorOperation.attention(
                query: TokenColumns(tokens), key: TokenColumns(tokens), value: TokenColumns(tokens), heads: 1, isCausal: false,
                scale: nil)
            let whole = try Operations().run(attention)
            // Cancelled by another executor after the check and before the kernel: as late as a check can't see.
            struct Late: OperationExecutor {
                let cancellation: Cancellation
                func run(_ operation: TensorOperation) throws -> Tensor {
                    cancellation.cancel()
                    return try KernelExecutor().run(operation)
                }
            }
            let cancellation = Cancellation()
            #expect(throws: CancellationError.self) {
                try cancellation.whileCurrent { try Operations(executor: Late(cancellation: cancellation)).run(attention) }
            }
            #expect(try Operations().run(attention).hasSameBits(as: whole))
        }
    }
}

extension KernelTests.Stopping.Log {
    fileprivate var isDone: Bool { done.load(ordering: .relaxed) >= stops }
}
