internal import Diffusion
internal import WorkflowEngine

/// Gives parts of the run: one, what is before it, and what is after it.
struct ConditioningTimestepsRange: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let (start, end) = (try inputs.double("start_percent"), try inputs.double("end_percent"))
        return .of(
            ScheduleRange(start: start, end: end), ScheduleRange(start: 0, end: start), ScheduleRange(start: end, end: 1))
    }
}
