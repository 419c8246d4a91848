public import Descriptions
public import Networks
internal import Tensors

/// Merges similar tokens before self-attention at full resolution and spreads the results again.
///
/// Source: Bolya & Hoffman 2023, "Token merging for fast Stable Diffusion", as ComfyUI's node has it: only queries
/// are merged.
public struct TokenMerging: NetworkPatch {
    /// Share of the tokens that are merged away, 0…1; at most three quarters can be.
    public var ratio: Double
    public init(ratio: Double) { self.ratio = ratio }

    public static var blank: TokenMerging { TokenMerging(ratio: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("TokenMerging"))
        try visitor.visit("ratio", &ratio)
    }

    public func install(in hooks: inout NetworkHooks, of model: Model) {
        hooks.selfAttention.append { inputs, site, attend in
            let (height, width) = (site.block.latentHeight, site.block.latentWidth)
            let tokens = inputs.query.shape[1]
            let merged = Int(Double(tokens) * ratio)
            guard tokens == height * width, merged > 0, height > 1, width > 1 else { return try attend(inputs) }
            let merge = try Merge(
                inputs.query, height: height, width: width, count: merged, site.block.generator, site.block.operations)
            var reduced = inputs
            reduced.query = merge.reduced(inputs.query)
            return merge.spread(try attend(reduced))
        }
    }

    /// Which tokens go where, per item.
    private struct Merge {
        /// A token of each 2 × 2 cell, drawn at random.
        private let destinations: [Int]
        private let items: [Item]
        private let tokens: Int

        private struct Item {
            /// Tokens that stay by themselves.
            var kept: [Int]
            /// Tokens that are merged, each with the number of its destination.
            var merged: [(token: Int, destination: Int)]
        }

        init(
            _ x: Tensor, height: Int, width: Int, count: Int, _ generator: SharedGenerator?, _ operations: Operations
        ) throws {
            var destinations: [Int] = []
            for row in 0..<height / 2 {
                for column in 0..<width / 2 {
                    let place = Int(generator?.integer(below: 4) ?? 0)
                    destinations.append((row * 2 + place / 2) * width + column * 2 + place % 2)
                }
            }
            let isDestination = Set(destinations)
            let sources = (0..<height * width).filter { !isDestination.contains($0) }
            self.destinations = destinations
            tokens = height * width
            let unit = x.unitVectors
            items = try (0..<x.shape[0]).map { number in
                let own = unit.item(number).reshaped([height * width, x.shape[2]])
                // One matrix product: a row of likenesses for every source.
                let likeness = try operations.product(
                    operations.pick(own, items: sources), operations.pick(own, items: destinations), transposing: .second)
                let best = likeness.withFloats { likeness in
                    sources.enumerated().map { row, token -> (token: Int, destination: Int, likeness: Float) in
                        let start = row * destinations.count
                        var found = 0
                        for place in 1..<destinations.count where likeness[start + place] > likeness[start + found] {
                            found = place
                        }
                        return (token, found, likeness[start + found])
                    }
                }.sorted { $0.likeness > $1.likeness }
                let count = min(count, best.count)
                return Item(
                    kept: best.dropFirst(count).map(\.token), merged: best.prefix(count).map { ($0.token, $0.destination) })
            }
        }

        /// Kept tokens, then the means of destinations and what was merged into them.
        func reduced(_ x: Tensor) -> Tensor {
            let channels = x.shape[2]
            let size = (items.first?.kept.count ?? 0) + destinations.count
            return Tensor(shape: [items.count, size, channels]) { out in
                x.withFloats { x in
                    for (number, item) in items.enumerated() {
                        let from = number * tokens * channels
                        var to = number * size * channels
                        for token in item.kept {
                            for channel in 0..<channels { out[to + channel] = x[from + token * channels + channel] }
                            to += channels
                        }
                        var counts = [Float](repeating: 1, count: destinations.count)
                        for (place, token) in destinations.enumerated() {
                            for channel in 0..<channels {
                                out[to + place * channels + channel] = x[from + token * channels + channel]
                            }
                        }
                        for (token, place) in item.merged {
                            counts[place] += 1
                            for channel in 0..<channels {
                                out[to + place * channels + channel] += x[from + token * channels + channel]
                            }
                        }
                        for place in destinations.indices {
                            for channel in 0..<channels { out[to + place * channels + channel] /= counts[place] }
                        }
                    }
                }
            }
        }

        /// Every token again; merged ones get what their destination got.
        func spread(_ x: Tensor) -> Tensor {
            let channels = x.shape[2]
            let size = x.shape[1]
            return Tensor(shape: [items.count, tokens, channels]) { out in
                x.withFloats { x in
                    for (number, item) in items.enumerated() {
                        func copy(_ place: Int, to token: Int) {
                            let (from, to) = ((number * size + place) * channels, (number * tokens + token) * channels)
                            for channel in 0..<channels { out[to + channel] = x[from + channel] }
                        }
                        for (place, token) in item.kept.enumerated() { copy(place, to: token) }
                        let first = item.kept.count
                        for (place, token) in destinations.enumerated() { copy(first + place, to: token) }
                        for (token, place) in item.merged { copy(first + place, to: token) }
                    }
                }
            }
        }
    }
}

extension Tensor {
    /// `[…, channels]` with every vector scaled to length 1.
    fileprivate var unitVectors: Tensor {
        let channels = shape[rank - 1]
        return Tensor(shape: shape) { out in
            withFloats { x in
                for start in stride(from: 0, to: x.count, by: channels) {
                    var squares: Float = 0
                    for channel in 0..<channels { squares += x[start + channel] * x[start + channel] }
                    let length = squares.squareRoot()
                    for channel in 0..<channels { out[start + channel] = x[start + channel] / length }
                }
            }
        }
    }
}
