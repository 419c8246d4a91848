public import Digests
public import Diffusion
public import WorkflowEngine

extension Sigmas: WorkflowValue {
    public var typeName: String { "SIGMAS" }
    public var byteCount: Int { values.count * 4 }
    public func feed(into digest: inout DigestBuilder) {
        digest.add(values.count)
        for sigma in values { digest.add(sigma) }
    }
}

extension Sampler: WorkflowValue {
    public var typeName: String { "SAMPLER" }
    public var byteCount: Int { 0 }
    public func feed(into digest: inout DigestBuilder) {
        digest.add(name)
        digest.add(settings.count)
        for setting in settings {
            digest.add(setting.name)
            digest.add(setting.value)
        }
    }
}

extension StartNoise: WorkflowValue {
    public var typeName: String { "NOISE" }
    public var byteCount: Int { 0 }
    public func feed(into digest: inout DigestBuilder) {
        switch self {
        case .random(let seed): digest.add(seed)
        case .none: digest.addNone()
        }
    }
}

extension Guider: WorkflowValue {
    public var typeName: String { "GUIDER" }
    public var byteCount: Int { guidance.sides.reduce(0) { $0 + $1.byteCount } }
    public func feed(into digest: inout DigestBuilder) {
        digest.add(recipe: try? model.digest())
        for side in guidance.sides { side.feed(into: &digest) }
        digest.add(guidance.numbers.count)
        for number in guidance.numbers { digest.add(number) }
    }
}
