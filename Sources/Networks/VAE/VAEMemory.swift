internal import Tensors

/// How an autoencoder goes about a picture in the memory there is. The bits are the same for all ways.
enum VAEPlan: Sendable, Hashable {
    /// Every layer on the whole picture.
    case whole
    /// Every layer in bands of rows; what doesn't fit is spilled to a file.
    ///
    /// - Parameters:
    ///   - bands: bytes for what a layer has in hands.
    ///   - pictures: bytes for pictures between layers.
    ///   - keepsWeights: whether all weights fit beside that; else each layer's are read when it is its turn.
    case bands(bands: Int, pictures: Int, keepsWeights: Bool)
}

extension VAENetwork {
    /// The way for a picture of that size, when so many bytes may be taken for weights and activations.
    ///
    /// - Parameter result: bytes of the result, which is held whole.
    /// - Returns: `nil` when it is too few; `leastBytes` says how many would do.
    func plan(_ size: PictureSize, bytes: Int, result: Int) -> VAEPlan? {
        let weights = steps.reduce(0) { $0 + $1.weightBytes }
        if weights + wholeBytes(size) + 2 * result <= bytes { return .whole }
        guard bytes >= leastBytes(size, result: result) else { return nil }
        let least = largest(size) { $0.bandBytes($1, rows: ConvolutionWeights.bandStep) }
        let room = bytes - result
        let keepsWeights = room - weights >= 2 * least
        let left = room - (keepsWeights ? weights : 2 * (steps.map(\.weightBytes).max() ?? 0))
        // Bands of some megabytes more don't make it faster.
        let bands = max(least, min(left / 2, 256 << 20))
        return .bands(bands: bands, pictures: left - bands, keepsWeights: keepsWeights)
    }

    /// The fewest bytes that do: bands of four rows, everything else in a file, the weights of one layer beside the file's.
    func leastBytes(_ size: PictureSize, result: Int) -> Int {
        largest(size) { $0.bandBytes($1, rows: ConvolutionWeights.bandStep) } + 2 * (steps.map(\.weightBytes).max() ?? 0) + result
    }

    /// Most bytes of activations at a time when every layer computes the whole picture.
    func wholeBytes(_ size: PictureSize) -> Int { largest(size) { $0.wholeBytes($1) } }

    private func largest(_ size: PictureSize, _ bytes: (VAEStep, PictureSize) -> Int) -> Int {
        var size = size
        return steps.reduce(0) { most, step in
            defer { size = step.output(of: size) }
            return max(most, bytes(step, size))
        }
    }
}

extension VAEStep {
    /// What the convolutions of this step take beside their pictures.
    private func workspace(_ size: PictureSize, rows: Int) -> Int {
        let out = output(of: size)
        func bytes(_ inputs: Int) -> Int {
            ConvolutionWeights.workspace(inputs: inputs, outputs: outputs, rows: rows, height: out.height, width: out.width)
        }
        return switch kind {
        case .attention, .downsampling: 0
        case .convolution, .upsampling, .normed: bytes(inputs)
        case .residual, .tiny: max(bytes(inputs), bytes(outputs))
        }
    }

    /// Bytes of activations at a time for a whole picture.
    fileprivate func wholeBytes(_ size: PictureSize) -> Int {
        let channels =
            switch kind {
            // Input (or its norm), shortcut, and the output of a convolution.
            case .residual(let shortcut): size.pixels * (shortcut == nil ? 3 * outputs : inputs + 2 * outputs)
            case .attention: size.pixels * 6 * inputs
            case .tiny: size.pixels * (inputs + 4 * outputs)
            case .convolution, .normed, .upsampling, .downsampling: size.pixels * inputs + output(of: size).pixels * outputs
            }
        return channels * 4 + workspace(size, rows: output(of: size).height)
    }

    /// Bytes that a step has in hands while it computes so many rows of its result: the widest of its passes.
    func bandBytes(_ size: PictureSize, rows: Int) -> Int {
        let out = output(of: size)
        let rows = min(rows, out.height)
        switch kind {
        case .attention:
            // In attention a row is a query; a band of them takes what a row of pixels takes.
            return AttentionBands.leastBytes(channels: inputs)
        case .convolution, .normed, .upsampling, .downsampling:
            return 4 * (Self.inputRows(rows, of: size, out) * size.width * inputs + rows * out.width * outputs)
                + workspace(size, rows: rows)
        case .residual(let shortcut), .tiny(let shortcut):
            let wide = Self.inputRows(rows, of: size, out) * size.width
            let first = wide * inputs + rows * out.width * outputs
            // The second convolution, its residual as read, and what the shortcut makes of it.
            let residual = shortcut == nil ? rows * out.width * outputs : wide * inputs + rows * out.width * outputs
            var second = wide * outputs + residual + rows * out.width * outputs
            // Rectified into a copy.
            if case .tiny = kind { second += rows * out.width * outputs }
            return 4 * max(first, second) + workspace(size, rows: rows)
        }
    }

    /// Rows of the input that a 3×3 kernel sees for some rows of the result.
    private static func inputRows(_ rows: Int, of size: PictureSize, _ out: PictureSize) -> Int {
        min(size.height, rows * size.height / max(out.height, 1) + 2)
    }
}

/// How attention in bands shares its memory between queries and keys.
struct AttentionBands: Sendable {
    let queries: Int
    let keys: Int

    /// - Parameters:
    ///   - bytes: for both together.
    ///   - keysAreRead: whether keys and values come from a file, in parts.
    init(tokens: Int, channels: Int, bytes: Int, keysAreRead: Bool) {
        let key = Self.keyBytes(channels)
        keys = keysAreRead ? max(AttentionInParts.keyStep, bytes / 4 / key / AttentionInParts.keyStep * AttentionInParts.keyStep) : tokens
        let left = keysAreRead ? bytes - keys * key : bytes
        queries = max(32, left / Self.queryBytes(channels) / 32 * 32)
    }

    static func leastBytes(channels: Int) -> Int { AttentionInParts.keyStep * keyBytes(channels) + 32 * queryBytes(channels) }

    /// Keys and values of a token.
    private static func keyBytes(_ channels: Int) -> Int { 2 * channels * 4 }
    /// A query as it is read, normed and projected, its state, what it saw and the result.
    private static func queryBytes(_ channels: Int) -> Int { 7 * channels * 4 + 8 }
}
