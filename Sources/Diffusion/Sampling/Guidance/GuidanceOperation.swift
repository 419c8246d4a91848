public import Descriptions
internal import Tensors

/// Changes the direction in which the text pulls, by an operation on latents: `C = operation(C − U) + U`.
public struct GuidanceOperation: GuidancePatch {
    public var operation: LatentOperation

    public init(_ operation: LatentOperation) { self.operation = operation }

    public static var blank: GuidanceOperation { GuidanceOperation(.blank) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("guidance operation"))
        try visitor.visit(part: "operation", &operation)
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
