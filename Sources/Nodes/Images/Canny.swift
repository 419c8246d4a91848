internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Finds edges.
struct Canny: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let image = try inputs.image("image")
        guard image.width > 2, image.height > 2 else {
            throw NodeError(.badValue, input: "image", "\(image.width) × \(image.height) pixels are too few for edges")
        }
        let low = try inputs.float("low_threshold")
        let high = try inputs.float("high_threshold")
        guard low <= high else {
            throw NodeError(
                .badValue, input: "low_threshold", "low_threshold \(low) is above high_threshold \(high)",
                hint: "weak edges are kept where they lead to strong ones: low must not be above high")
        }
        return .of(try image.edges(low: low, high: high))
    }
}
