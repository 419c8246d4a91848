public import Digests
public import Diffusion
public import WorkflowEngine

extension ScheduleRange: WorkflowValue {
    public var typeName: String { "TIMESTEPS_RANGE" }
    public var byteCount: Int { MemoryLayout<ScheduleRange>.size }
    public func feed(into digest: inout DigestBuilder) {
        digest.add(start)
        digest.add(end)
    }
}
