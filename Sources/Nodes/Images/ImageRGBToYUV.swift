// Nodes: ImageRGBToYUV, ImageYUVToRGB

internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Takes pictures apart into brightness and two colour differences.
struct ImageRGBToYUV: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let planes = try inputs.image("image").yuvPlanes()
        return .of(planes.y, planes.u, planes.v)
    }
}

/// Puts pictures together from brightness and two colour differences.
struct ImageYUVToRGB: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let (y, u, v) = (try inputs.image("Y"), try inputs.image("U"), try inputs.image("V"))
        for (name, plane) in [("U", u), ("V", v)]
        where (plane.batch, plane.height, plane.width) != (y.batch, y.height, y.width) {
            throw NodeError(
                .badValue, input: name,
                "Y is \(y.batch) of \(y.width) × \(y.height), \(name) is \(plane.batch) of \(plane.width) × \(plane.height)")
        }
        return .of(Image.fromYUV(y: y, u: u, v: v))
    }
}
