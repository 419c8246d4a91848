public import Descriptions
public import Digests
public import Diffusion
public import Networks
public import Pictures
public import Samplers
public import WorkflowEngine

// Values of this domain on an edge. What a value consists of it says itself (`Described`); here it gets the name of its socket.

extension WorkflowValue where Self: Described {
    public var byteCount: Int { describedByteCount }
    public func feed(into digest: inout DigestBuilder) throws { try feedFields(into: &digest) }
}

extension Image: WorkflowValue { public var typeName: String { "IMAGE" } }
extension Mask: WorkflowValue { public var typeName: String { "MASK" } }
extension Latent: WorkflowValue { public var typeName: String { "LATENT" } }
extension VisionOutput: WorkflowValue { public var typeName: String { "CLIP_VISION_OUTPUT" } }
extension Conditioning: WorkflowValue { public var typeName: String { "CONDITIONING" } }
extension ConditioningHooks: WorkflowValue { public var typeName: String { "HOOKS" } }
extension HookKeyframes: WorkflowValue { public var typeName: String { "HOOK_KEYFRAMES" } }
extension LatentOperation: WorkflowValue { public var typeName: String { "LATENT_OPERATION" } }
extension ScheduleRange: WorkflowValue { public var typeName: String { "TIMESTEPS_RANGE" } }
extension Sigmas: WorkflowValue { public var typeName: String { "SIGMAS" } }
extension StartNoise: WorkflowValue { public var typeName: String { "NOISE" } }
extension Guider: WorkflowValue { public var typeName: String { "GUIDER" } }
extension Sampler: WorkflowValue { public var typeName: String { "SAMPLER" } }

/// A value that stands for weights: told from others by the digest of its recipe, and as light as that.
public protocol WeightsValue: WorkflowValue, Recipe {}

extension WeightsValue {
    public var byteCount: Int { 0 }
    public func feed(into digest: inout DigestBuilder) throws { digest.add(try self.digest()) }
}

extension Model: WeightsValue { public var typeName: String { "MODEL" } }
extension TextEncoder: WeightsValue { public var typeName: String { "CLIP" } }
extension VAE: WeightsValue { public var typeName: String { "VAE" } }
extension ControlNet: WeightsValue { public var typeName: String { "CONTROL_NET" } }
extension VisionEncoder: WeightsValue { public var typeName: String { "CLIP_VISION" } }
extension StyleModel: WeightsValue { public var typeName: String { "STYLE_MODEL" } }
extension UpscaleModel: WeightsValue { public var typeName: String { "UPSCALE_MODEL" } }
extension PhotoMaker: WeightsValue { public var typeName: String { "PHOTOMAKER" } }
extension GroundingModel: WeightsValue { public var typeName: String { "GLIGEN" } }

extension NodeInputs {
    /// Hooks, or none when nothing came.
    func hooks(_ name: String) throws -> ConditioningHooks {
        try optional(name, as: ConditioningHooks.self) ?? ConditioningHooks()
    }
}
