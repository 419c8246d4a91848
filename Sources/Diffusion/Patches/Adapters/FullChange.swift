internal import Checkpoints
internal import Digests
internal import Samplers
internal import Tensors

/// A difference in full, `W += strength · diff`, or a weight that takes the place of another.
struct FullChange: WeightChange {
    private let module: AdapterModule
    private let part: AdapterPart
    private let shape: [Int]

    /// - Parameter part: `.difference`, `.biasDifference`, `.normWeight`, `.normBias` or `.replacement`.
    init?(_ module: AdapterModule, _ part: AdapterPart) {
        guard let shape = module.shape(part) else { return nil }
        self.module = module
        self.part = part
        self.shape = shape
    }

    func fits(_ shape: [Int]) -> Bool { shape == self.shape }

    func changed(_ weight: Tensor, strength: Float) throws -> Tensor {
        let stored = try module.floats(part)
        return part == .replacement ? stored : lincomb(1, weight, strength, stored)
    }

    func feed(into digest: inout DigestBuilder) throws {
        digest.add(part.rawValue)
        if let name = module.names[part] { digest.add(try module.source.digest(of: name)) }
    }
}
