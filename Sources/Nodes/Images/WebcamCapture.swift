internal import Diffusion
internal import Foundation
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Reads the picture that the window's camera took and left in the temporary folder.
struct WebcamCapture: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let outputs = try LoadImage.read(try inputs.string("image"), kind: "input", in: context)
        return NodeOutputs(Array(outputs.values.prefix(1)))
    }
}
