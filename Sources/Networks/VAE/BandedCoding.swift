internal import Tensors

/// Computes an autoencoder in bands of rows, with the bits of the whole computation.
///
/// Between two layers lies a `BandedPicture`, in memory or in a file. A convolution reads the rows that a band looks at, norms them by
/// sums that were gathered while that picture was written, and writes the band; attention keeps some queries in hands and goes through
/// all keys. No layer needs more memory for a larger picture than for a wider one.
struct BandedCoding {
    /// Bytes for what a layer has in hands.
    let bytes: Int
    let room: BandedPicture.Room
    let operations: Operations

    /// - Parameter gathers: whether the next layer norms the result.
    func callAsFunction(_ layer: VAELayer, _ x: BandedPicture, step: VAEStep, gathers: Bool) throws -> BandedPicture {
        let rows = bandRows(step, PictureSize(height: x.height, width: x.width))
        switch layer {
        case .convolution(let layer):
            return try convolve(
                Pass(layer.name, layer.weights, norm: layer.norm, activation: layer.activation, upsamples: layer.upsamples), x,
                rows: rows, gathers: gathers)
        case .residual(let block): return try residual(block, x, rows: rows, gathers: gathers)
        case .attention(let block): return try attention(block, x, gathers: gathers)
        case .tiny(let block):
            let h = try convolve(Pass("taesd", block.first, activation: .relu), x, rows: rows, gathers: false)
            let g = try convolve(Pass("taesd", block.second, activation: .relu), h, rows: rows, gathers: false)
            return try convolve(
                Pass("taesd", block.third, residual: (x, block.shortcut), rectifies: true), g, rows: rows, gathers: gathers)
        }
    }

    /// The most rows of a step's result that there is memory for, in whole tiles.
    private func bandRows(_ step: VAEStep, _ size: PictureSize) -> Int {
        let tile = ConvolutionWeights.bandStep
        var (fits, tooMany) = (1, (step.output(of: size).height + tile - 1) / tile + 1)
        while tooMany - fits > 1 {
            let middle = (fits + tooMany) / 2
            if step.bandBytes(size, rows: middle * tile) <= bytes { fits = middle } else { tooMany = middle }
        }
        return fits * tile
    }

    // MARK: Convolutions

    /// One convolution with what belongs to it.
    private struct Pass {
        var name: String
        var weights: ConvolutionWeights
        /// With SiLU, before the convolution.
        var norm: (name: String, weights: NormWeights)?
        var activation: Activation
        var upsamples: Bool
        /// What is added, and the convolution that it goes through first.
        var residual: (picture: BandedPicture, shortcut: ConvolutionWeights?)?
        /// Whether the sum is rectified.
        var rectifies: Bool

        init(
            _ name: String, _ weights: ConvolutionWeights, norm: (name: String, weights: NormWeights)? = nil,
            activation: Activation = .none, upsamples: Bool = false,
            residual: (picture: BandedPicture, shortcut: ConvolutionWeights?)? = nil, rectifies: Bool = false
        ) {
            (self.name, self.weights, self.norm, self.activation) = (name, weights, norm, activation)
            (self.upsamples, self.residual, self.rectifies) = (upsamples, residual, rectifies)
        }
    }

    private func residual(_ block: VAEResidualBlock, _ x: BandedPicture, rows: Int, gathers: Bool) throws -> BandedPicture {
        let h = try convolve(
            Pass(block.name + ".conv1", block.firstConvolution, norm: (block.name + ".norm1", block.firstNorm)), x, rows: rows,
            gathers: true)
        return try convolve(
            Pass(
                block.name + ".conv2", block.secondConvolution, norm: (block.name + ".norm2", block.secondNorm),
                residual: (x, block.shortcut)), h, rows: rows, gathers: gathers)
    }

    private func convolve(_ pass: Pass, _ x: BandedPicture, rows count: Int, gathers: Bool) throws -> BandedPicture {
        let weights = pass.weights
        let height = weights.outputHeight(ofHeight: x.height, upsampling: pass.upsamples)
        let factors = pass.norm.map { x.groupNormFactors($0.weights, epsilon: VAELayer.epsilon) }
        // A block without a shortcut writes over its input, row by row, after that was added.
        var target = pass.residual.flatMap { $0.shortcut == nil && $0.picture.isWritable ? $0.picture : nil }
        target?.gatherSums(gathers)
        for first in stride(from: 0, to: height, by: count) {
            let rows = first..<min(height, first + count)
            let needed = weights.inputRows(for: rows, ofHeight: x.height, upsampling: pass.upsamples)
            var pixels = try x.rows(needed)
            if let factors, let norm = pass.norm {
                try operations.groupNorm(inPlace: &pixels, factors, silu: true, named: norm.name)
            }
            let band = PictureBand(rows: needed, pixels: pixels)
            let residual = try pass.residual.map { try shortcut($0.picture, $0.shortcut, rows: rows, name: pass.name) }
            var y = try operations.convolution(
                band, ofHeight: x.height, rows: rows, weights, upsampling: pass.upsamples, activation: pass.activation,
                adding: residual, named: pass.name)
            if pass.rectifies { y = try operations.relu(y) }
            let picture = try target ?? written(height: height, width: y.shape[2], channels: weights.outputs, gathers: gathers)
            target = picture
            try picture.write(y, at: first)
        }
        return target ?? x
    }

    /// A picture to be written in the order of rows.
    private func written(height: Int, width: Int, channels: Int, gathers: Bool) throws -> BandedPicture {
        let picture = try BandedPicture(height: height, width: width, channels: channels, room: room)
        picture.gatherSums(gathers)
        return picture
    }

    /// Rows of what is added at the end of a block.
    private func shortcut(_ x: BandedPicture, _ weights: ConvolutionWeights?, rows: Range<Int>, name: String) throws -> Tensor {
        guard let weights else { return try x.rows(rows) }
        let needed = weights.inputRows(for: rows, ofHeight: x.height)
        let band = PictureBand(rows: needed, pixels: try x.rows(needed))
        return try operations.convolution(band, ofHeight: x.height, rows: rows, weights, named: name + " shortcut")
    }

    // MARK: Attention

    private func attention(_ block: VAEAttentionBlock, _ x: BandedPicture, gathers: Bool) throws -> BandedPicture {
        let (tokens, channels) = (x.height * x.width, block.channels)
        let factors = x.groupNormFactors(block.norm, epsilon: VAELayer.epsilon)
        /// Normed tokens; those read from a file are written over.
        func normed(_ range: Range<Int>) throws -> Tensor {
            var pixels = try x.tokens(range)
            try operations.groupNorm(inPlace: &pixels, factors, named: block.name + ".norm")
            return pixels
        }
        let keysAndValues = try BandedPicture(height: tokens, width: 1, channels: 2 * channels, room: room)
        let project = block.project.outputs(channels..<3 * channels)
        let perBand = max(32, bytes / (16 * channels))
        for first in stride(from: 0, to: tokens, by: perBand) {
            let range = first..<min(tokens, first + perBand)
            let pixels = try normed(range)
            try keysAndValues.write(operations.linear(pixels, project, named: block.name + ".kv"), tokens: range)
        }

        let bands = AttentionBands(tokens: tokens, channels: channels, bytes: bytes, keysAreRead: keysAndValues.isInFile)
        let query = block.project.outputs(0..<channels)
        let target = try written(height: x.height, width: x.width, channels: channels, gathers: gathers)
        for first in stride(from: 0, to: tokens, by: bands.queries) {
            let range = first..<min(tokens, first + bands.queries)
            let queries = try operations.linear(normed(range), query, named: block.name + ".q")
            let seen = try look(from: queries, at: keysAndValues, every: bands.keys, name: block.name)
            let residual = try x.tokens(range)
            let y = try operations.linear(seen, block.projectOut, adding: residual, named: block.name + ".proj_out")
            try target.write(y, tokens: range)
        }
        return target
    }

    /// What some queries see of all keys and values, which lie side by side.
    private func look(from queries: Tensor, at keysAndValues: BandedPicture, every count: Int, name: String) throws -> Tensor {
        let width = queries.shape[2]
        var attention = AttentionInParts(query: TokenColumns(queries), heads: 1, operations)
        for first in stride(from: 0, to: keysAndValues.height, by: count) {
            let range = first..<min(keysAndValues.height, first + count)
            let part = try keysAndValues.tokens(range)
            let seen = try attention.look(
                at: TokenColumns(part, from: 0, count: width), value: TokenColumns(part, from: width, count: width),
                isLast: range.upperBound == keysAndValues.height, named: name)
            if let seen { return seen }
        }
        preconditionFailure("attention without keys")
    }
}
