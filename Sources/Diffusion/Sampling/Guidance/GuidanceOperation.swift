public import Digests
internal import Tensors

/// Changes the direction in which the text pulls, by an operation on latents: `C = operation(C − U) + U`.
public struct GuidanceOperation: GuidancePatch {
    public var operation: LatentOperation

    public init(_ operation: LatentOperation) { self.operation = operation }

    public func feed(into digest: inout DigestBuilder) {
        digest.add("guidance operation")
        operation.feed(into: &digest)
    }

    public func hooks() -> GuidanceHooks {
        let operation = operation
        return GuidanceHooks(beforeCFG: { step in
            var predictions = step.predictions
            guard step.hasUnconditional else {
                predictions.conditional = try operation.apply(to: step.conditional)
                return predictions
            }
            let pull = try operation.apply(to: step.conditional - step.unconditional)
            predictions.conditional = pull + step.unconditional
            return predictions
        })
    }
}
