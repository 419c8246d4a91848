public import Digests
public import Diffusion
public import WorkflowEngine

// Models are recipes: what tells one from another is the content of its files and what was asked to be changed. No
// weights are read for a digest, and none count as memory of the value: they are kept and budgeted by `WeightStore`.

extension Model: WorkflowValue {
    public var typeName: String { "MODEL" }
    public var byteCount: Int { 0 }
    public func feed(into digest: inout DigestBuilder) { digest.add(recipe: try? self.digest()) }
}

extension GroundingModel: WorkflowValue {
    public var typeName: String { "GLIGEN" }
    public var byteCount: Int { 0 }
    public func feed(into digest: inout DigestBuilder) { digest.add(recipe: try? self.digest()) }
}

extension ControlNet: WorkflowValue {
    public var typeName: String { "CONTROL_NET" }
    public var byteCount: Int { 0 }
    public func feed(into digest: inout DigestBuilder) { digest.add(recipe: try? self.digest()) }
}

extension TextEncoder: WorkflowValue {
    public var typeName: String { "CLIP" }
    public var byteCount: Int { 0 }
    public func feed(into digest: inout DigestBuilder) { digest.add(recipe: try? self.digest()) }
}

extension VisionEncoder: WorkflowValue {
    public var typeName: String { "CLIP_VISION" }
    public var byteCount: Int { 0 }
    public func feed(into digest: inout DigestBuilder) { digest.add(recipe: try? self.digest()) }
}

extension PhotoMaker: WorkflowValue {
    public var typeName: String { "PHOTOMAKER" }
    public var byteCount: Int { 0 }
    public func feed(into digest: inout DigestBuilder) { digest.add(recipe: try? self.digest()) }
}

extension StyleModel: WorkflowValue {
    public var typeName: String { "STYLE_MODEL" }
    public var byteCount: Int { 0 }
    public func feed(into digest: inout DigestBuilder) { digest.add(recipe: try? self.digest()) }
}

extension DigestBuilder {
    /// The digest of a recipe. One whose file can't be read any more equals nothing, itself included.
    mutating func add(recipe digest: Digest?) {
        if let digest { add(digest) } else { add(UInt64.random(in: 0 ... .max)) }
    }
}

extension VAE: WorkflowValue {
    public var typeName: String { "VAE" }
    public var byteCount: Int { 0 }
    public func feed(into digest: inout DigestBuilder) { digest.add(recipe: try? self.digest()) }
}

extension UpscaleModel: WorkflowValue {
    public var typeName: String { "UPSCALE_MODEL" }
    public var byteCount: Int { 0 }
    public func feed(into digest: inout DigestBuilder) { digest.add(recipe: try? self.digest()) }
}
