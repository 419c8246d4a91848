public import Tensors

/// Residuals that ControlNets and adapters add inside the U-Net, `[batch, height, width, channels]` each (channels
/// last).
public struct ControlResiduals: Sendable {
    /// Added to the output of input block `i` where not `nil` (T2I adapters).
    public var input: [Tensor?] = []
    /// Added after the middle block.
    public var middle: Tensor?
    /// Added to the skip connection `i`, in the order in which the input blocks made them.
    public var output: [Tensor?] = []
    public init() {}
}

extension ControlResiduals {
    /// Every residual changed.
    package func mapped(_ change: (Tensor) throws -> Tensor) rethrows -> ControlResiduals {
        var copy = self
        copy.input = try input.map { try $0.map(change) }
        copy.middle = try middle.map(change)
        copy.output = try output.map { try $0.map(change) }
        return copy
    }

    /// The sums of both, where both have one.
    ///
    /// - Throws: `NetworkError.wrongInput` when the two belong to different kinds of U-Net.
    package func adding(
        _ other: ControlResiduals, place: String, _ operations: Operations
    ) throws -> ControlResiduals {
        func sum(_ a: Tensor?, _ b: Tensor?) throws -> Tensor? {
            guard let a, let b else { return a ?? b }
            guard a.shape == b.shape else {
                throw NetworkError(
                    .wrongInput, in: place, reason: "it gives \(b.shape) where another ControlNet gives \(a.shape)",
                    hint: "all ControlNets must be made for the family of the model")
            }
            return try operations.add(a, b)
        }
        func sums(_ a: [Tensor?], _ b: [Tensor?]) throws -> [Tensor?] {
            try (0..<max(a.count, b.count)).map { try sum($0 < a.count ? a[$0] : nil, $0 < b.count ? b[$0] : nil) }
        }
        var result = ControlResiduals()
        result.input = try sums(input, other.input)
        result.middle = try sum(middle, other.middle)
        result.output = try sums(output, other.output)
        return result
    }
}
