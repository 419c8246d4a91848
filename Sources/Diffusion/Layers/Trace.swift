internal import Tensors

/// What the autoencoder's layers compute, as it names them.
enum LayerKind {
    case linear, convolution, attention, norm

    var operation: TensorOperation.Kind {
        switch self {
        case .linear: .linear
        case .convolution: .convolution
        case .attention: .attention
        case .norm: .groupNorm
        }
    }
}

/// Runs the layers of the autoencoder, with or without somebody looking on.
struct Trace: Sendable {
    let observer: (any LayerObserver)?

    @inline(__always)
    func layer(_ kind: LayerKind, _ name: @autoclosure () -> String, _ body: () throws -> Tensor) rethrows -> Tensor {
        guard let observer else { return try body() }
        let start = ContinuousClock.now
        let output = try body()
        observer.layer(kind.operation, name(), took: ContinuousClock.now - start, output: output)
        return output
    }

    /// The same for a layer that writes over its input.
    @inline(__always)
    func layer(_ kind: LayerKind, _ name: @autoclosure () -> String, on x: inout Tensor, _ body: (inout Tensor) -> Void) {
        guard let observer else { return body(&x) }
        let start = ContinuousClock.now
        body(&x)
        observer.layer(kind.operation, name(), took: ContinuousClock.now - start, output: x)
    }

    @inline(__always)
    func block(_ name: @autoclosure () -> String, _ output: Tensor) {
        if let observer { observer.block(name(), output: output) }
    }
}
