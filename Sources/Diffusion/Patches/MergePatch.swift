public import Checkpoints
public import Descriptions
internal import Digests
internal import Samplers
internal import Tensors

/// A merge with other weights: each tensor becomes `own · W + other · W₂`, with factors that may depend on the block.
///
/// What was patched before is scaled with W; the other model's patches are part of W₂; what is patched afterwards isn't scaled.
public struct MergePatch: WeightPatch {
    /// Factors of the weight and of the other model's.
    public struct Factors: Sendable, Hashable {
        public var own: Float
        public var other: Float
        public init(own: Float, other: Float) {
            self.own = own
            self.other = other
        }
        fileprivate mutating func describe(_ name: String, to visitor: any FieldVisitor) throws {
            try visitor.visit("\(name).own", &own)
            try visitor.visit("\(name).other", &other)
        }

        /// `ratio` of the first, the rest of the second.
        public init(ratio: Double) { self.init(own: Float(ratio), other: Float(1 - ratio)) }
    }

    /// Factors by the beginning of a tensor's name; the longest that fits counts.
    public private(set) var blocks: [(prefix: String, factors: Factors)]
    /// For all others.
    public private(set) var rest: Factors
    private var others: [any TensorSource]

    /// - Parameter others: the weights to merge with, patched; a tensor is taken from the first that has it.
    /// - Throws: `CheckpointError` when they can't be read for their digest.
    public init(with others: [any TensorSource], blocks: [(prefix: String, factors: Factors)] = [], rest: Factors) throws {
        for other in others { _ = try other.contentDigest() }
        self.init(others: others, blocks: blocks, rest: rest)
    }

    private init(others: [any TensorSource], blocks: [(prefix: String, factors: Factors)], rest: Factors) {
        self.others = others
        self.blocks = blocks
        self.rest = rest
    }

    /// Names that aren't merged: they are no weights.
    private static let unmerged = [".position_ids", ".logit_scale"]

    func factors(of name: String) -> Factors {
        let fitting = blocks.filter { name.hasPrefix($0.prefix) }.max { $0.prefix.count < $1.prefix.count }
        return fitting?.factors ?? rest
    }

    public func applied(to source: any TensorSource) throws -> any TensorSource {
        var changes: [String: [any WeightChange]] = [:]
        for name in source.directory.keys where !Self.unmerged.contains(where: name.hasSuffix) {
            let factors = factors(of: name)
            guard factors != Factors(own: 1, other: 0), let other = others.first(where: { $0.directory[name] != nil }) else { continue }
            changes[name] = [MergedWeight(factors: factors, other: other, name: name)]
        }
        return PatchedSource(source, changes: changes, strength: 1, patch: self)
    }

    public static var blank: MergePatch { MergePatch(others: [], blocks: [], rest: Factors(own: 1, other: 0)) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("merge"))
        let count = try visitor.unmarked { try visitor.count("others", others.count) }
        if visitor.isReading { others = Array(repeating: NoSource(), count: count) }
        for index in others.indices { try visitor.visit("others.\(index)", &others[index]) }
        try rest.describe("rest", to: visitor)
        let blockCount = try visitor.unmarked { try visitor.count("blocks", blocks.count) }
        if visitor.isReading { blocks = Array(repeating: (prefix: "", factors: rest), count: blockCount) }
        for index in blocks.indices { try blocks[index].factors.describe("blocks.\(index)", to: visitor) }
        for index in blocks.indices { try visitor.visit("blocks.\(index).prefix", &blocks[index].prefix) }
    }
}

/// One tensor of a merge.
private struct MergedWeight: WeightChange {
    let factors: MergePatch.Factors
    let other: any TensorSource
    let name: String

    func fits(_ shape: [Int]) -> Bool {
        guard let info = other.directory[name] else { return false }
        return info.shape == shape && info.dtype.isFloatingPoint
    }

    func changed(_ weight: Tensor, strength: Float) throws -> Tensor {
        let second = try other.tensor(named: name).float32()
        defer { other.releasePages(of: name) }
        return lincomb(factors.own, weight, factors.other, second)
    }

    func feed(into digest: inout DigestBuilder) throws {
        digest.add("merged")
        digest.add(factors.own)
        digest.add(factors.other)
        digest.add(try other.digest(of: name))
    }
}
