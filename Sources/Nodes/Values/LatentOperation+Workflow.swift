public import Diffusion
public import WorkflowEngine

extension LatentOperation: WorkflowValue {
    public var typeName: String { "LATENT_OPERATION" }
    public var byteCount: Int { 32 }
}
