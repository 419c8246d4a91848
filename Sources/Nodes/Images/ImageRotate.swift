internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// By how much something is turned clockwise.
enum Rotation: String, CaseIterable {
    case none, quarter = "90 degrees", half = "180 degrees", threeQuarters = "270 degrees"

    var quarters: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Turns pictures by quarter turns.
struct ImageRotate: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let rotation = try inputs.choice("rotation", of: Rotation.self)
        return .of(Image(try inputs.image("image").pixels.turned(quarters: rotation.quarters, rows: 1)))
    }
}
