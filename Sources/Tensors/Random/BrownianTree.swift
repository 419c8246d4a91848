/// Brownian motion over an interval of noise levels that can be asked anywhere, in any order, with the same answers.
///
/// A binary tree of halved intervals. The increment over the root comes from the seed; each split draws the left
/// half's increment from a Brownian bridge with noise of its own seed, derived from the node's place in the tree.
/// Nothing depends on what was asked before, so only the two paths around the last question are kept in memory.
///
/// Source: torchsde's `BrownianTree` (Li et al. 2020, "Scalable gradients for stochastic differential equations",
/// section 4) with tolerance 1e-6, a pool of 24 words and halving splits.
public final class BrownianTree {
    private static let poolSize = 24

    private let seed: UInt64
    private let shape: [Int]
    private let start: Double
    private let end: Double
    private let root: Node

    /// An interval, its increment, and its halves once it was split.
    private final class Node {
        let start: Double
        let end: Double
        let increment: Tensor
        /// Place in its row: the left child of `key` is `2 key`.
        let key: UInt64
        let depth: UInt64
        var halves: (left: Node, right: Node)?

        init(start: Double, end: Double, increment: Tensor, key: UInt64, depth: UInt64) {
            self.start = start
            self.end = end
            self.increment = increment
            self.key = key
            self.depth = depth
        }
    }

    /// - Parameters:
    ///   - shape: of one increment; the whole batch shares a tree.
    ///   - interval: noise levels that questions will lie in; others are moved to its ends.
    ///   - seed: all 64 bits count.
    public init(shape: [Int], from low: Float, to high: Float, seed: UInt64) {
        self.seed = seed
        self.shape = shape
        start = Self.rounded(Double(low))
        end = Self.rounded(Double(high))
        let rootSeed = SeedSequence(entropy: seed, poolSize: Self.poolSize).state(1)[0]
        var generator = TorchGenerator(seed: UInt64(rootSeed))
        let scale = Float((Double(high) - Double(low)).squareRoot())
        root = Node(start: start, end: end, increment: generator.normal(shape) * scale, key: 0, depth: 0)
    }

    /// Standard normal noise for a sampler's step from `sigma` to `next`: the increment between them, over the root
    /// of its length.
    ///
    /// A falling step has the sign of a walk from high to low. Overlapping steps get correlated noise, as a path
    /// demands.
    public func noise(from sigma: Float, to next: Float) -> Tensor {
        let falling = sigma > next
        let low = min(sigma, next), high = max(sigma, next)
        let length = abs(next - sigma).squareRoot()
        let increment = increment(from: Double(low), to: Double(high))
        return falling ? increment.map { -$0 / length } : increment.map { $0 / length }
    }

    /// `W(high) − W(low)`.
    func increment(from low: Double, to high: Double) -> Tensor {
        let from = Self.rounded(max(start, min(end, low)))
        let to = Self.rounded(max(start, min(end, high)))
        guard to > from else { return .zeros(shape) }
        let result = increment(of: root, from: from, to: to)
        forget(root, except: from, to)
        return result
    }

    private func increment(of node: Node, from: Double, to: Double) -> Tensor {
        if from <= node.start, to >= node.end { return node.increment }
        guard let (left, right) = halves(of: node) else { return node.increment }
        let middle = left.end
        if to <= middle { return increment(of: left, from: from, to: to) }
        if from >= middle { return increment(of: right, from: from, to: to) }
        return increment(of: left, from: from, to: middle) + increment(of: right, from: middle, to: to)
    }

    /// Splits a node in the middle; `nil` when it is too short to be split, which rounding to six decimals decides.
    private func halves(of node: Node) -> (left: Node, right: Node)? {
        if let halves = node.halves { return halves }
        let middle = Self.rounded((node.start + node.end) / 2)
        guard middle > node.start, middle < node.end else { return nil }
        let (l, r, h) = (middle - node.start, node.end - middle, node.end - node.start)
        let bridgeSeed = SeedSequence(entropy: seed, spawnKey: [node.key, node.depth], poolSize: Self.poolSize).state(1)[0]
        var generator = TorchGenerator(seed: UInt64(bridgeSeed))
        let share = Float(l / h)
        let deviation = Float((l * r / h).squareRoot())
        let leftIncrement = Tensor.zip(node.increment, generator.normal(shape)) { share * $0 + deviation * $1 }
        let depth = node.depth + 1
        let halves = (
            left: Node(start: node.start, end: middle, increment: leftIncrement, key: node.key << 1, depth: depth),
            right: Node(
                start: middle, end: node.end, increment: node.increment - leftIncrement, key: node.key << 1 | 1, depth: depth)
        )
        node.halves = halves
        return halves
    }

    /// Drops what lies beside the two paths to the last question's ends; the next question of a sampler starts at one
    /// of them.
    private func forget(_ node: Node, except first: Double, _ second: Double) {
        guard let (left, right) = node.halves else { return }
        for half in [left, right] {
            let touched = (half.start...half.end).contains(first) || (half.start...half.end).contains(second)
            if touched { forget(half, except: first, second) } else { half.halves = nil }
        }
    }

    /// Rounded to six decimals, exactly as decimal arithmetic would: ties of the binary value go to even.
    static func rounded(_ value: Double) -> Double {
        let scaled = value * 1e6
        let error = (-scaled).addingProduct(value, 1e6)
        var integer = scaled.rounded(.toNearestOrEven)
        // A tie only after rounding the product is no tie: its error says which side the true value lies on.
        if abs(scaled - integer) == 0.5, error != 0 { integer = error > 0 ? scaled.rounded(.up) : scaled.rounded(.down) }
        return integer / 1e6
    }
}
