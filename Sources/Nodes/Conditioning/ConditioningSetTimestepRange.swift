internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Limits conditioning to a part of the sampling run.
struct ConditioningSetTimestepRange: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let range = ScheduleRange(start: try inputs.double("start"), end: try inputs.double("end"))
        return .of(try inputs.conditioning("conditioning").changed { $0.timestepRange = range })
    }
}
