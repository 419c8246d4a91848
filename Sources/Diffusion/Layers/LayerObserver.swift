public import Tensors

/// What a layer computes, as benchmarks group them.
public enum LayerKind: String, Sendable, Hashable, CaseIterable {
    case linear, convolution, attention, norm, geglu, other
}

/// Looks on while a network computes: benchmarks add up times by kind, tests compare values block by block.
public protocol LayerObserver: Sendable {
    /// A single operation was computed.
    func layer(_ kind: LayerKind, _ name: String, took: Duration, output: Tensor)
    /// A block of several layers is done; its output is in the network's own layout (channels last).
    func block(_ name: String, output: Tensor)
}

extension LayerObserver {
    public func layer(_ kind: LayerKind, _ name: String, took: Duration, output: Tensor) {}
    public func block(_ name: String, output: Tensor) {}
}

/// Runs layers, with or without somebody looking on; without, it costs a comparison.
struct Trace: Sendable {
    let observer: (any LayerObserver)?

    @inline(__always)
    func layer(_ kind: LayerKind, _ name: @autoclosure () -> String, _ body: () throws -> Tensor) rethrows -> Tensor {
        guard let observer else { return try body() }
        let start = ContinuousClock.now
        let output = try body()
        observer.layer(kind, name(), took: ContinuousClock.now - start, output: output)
        return output
    }

    /// The same for a layer that writes over its input.
    @inline(__always)
    func layer(_ kind: LayerKind, _ name: @autoclosure () -> String, on x: inout Tensor, _ body: (inout Tensor) -> Void) {
        guard let observer else { return body(&x) }
        let start = ContinuousClock.now
        body(&x)
        observer.layer(kind, name(), took: ContinuousClock.now - start, output: x)
    }

    @inline(__always)
    func block(_ name: @autoclosure () -> String, _ output: Tensor) {
        if let observer { observer.block(name(), output: output) }
    }
}
