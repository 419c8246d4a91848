public import Digests
public import Diffusion
public import Pictures
internal import Tensors
public import WorkflowEngine

extension DigestBuilder {
    /// A tensor, bit by bit.
    mutating func add(_ tensor: Tensor?) {
        guard let tensor else { return addNone() }
        add(tensor.dtype.rawValue)
        add(tensor.shape)
        tensor.withBytes { add(bytes: $0) }
    }

    mutating func add(_ numbers: [Int]?) {
        guard let numbers else { return addNone() }
        add(numbers.count)
        for number in numbers { add(number) }
    }

    mutating func add(_ range: ScheduleRange?) {
        guard let range else { return addNone() }
        add(range.start)
        add(range.end)
    }
}

extension Image: WorkflowValue {
    public var typeName: String { "IMAGE" }
    public var byteCount: Int { pixels.byteCount }
    public func feed(into digest: inout DigestBuilder) { digest.add(pixels) }
}

extension Mask: WorkflowValue {
    public var typeName: String { "MASK" }
    public var byteCount: Int { values.byteCount }
    public func feed(into digest: inout DigestBuilder) { digest.add(values) }
}

extension Latent: WorkflowValue {
    public var typeName: String { "LATENT" }
    public var byteCount: Int { samples.byteCount + (noiseMask?.byteCount ?? 0) }
    public func feed(into digest: inout DigestBuilder) {
        digest.add(samples)
        digest.add(noiseMask)
        digest.add(batchIndex)
    }
}

extension VisionOutput: WorkflowValue {
    public var typeName: String { "CLIP_VISION_OUTPUT" }
    public var byteCount: Int { lastHidden.byteCount + penultimateHidden.byteCount + embedding.byteCount }
    public func feed(into digest: inout DigestBuilder) {
        digest.add(lastHidden)
        digest.add(penultimateHidden)
        digest.add(embedding)
    }
}
