public import Descriptions
internal import Cancellations
internal import Glibc
public import Networks
internal import Tensors

/// Strengthens what the output blocks carry on and weakens the low frequencies of what the skip connections bring.
///
/// Source: Si et al. 2023, "FreeU: free lunch in diffusion U-Net"; version 2 scales by the structure of the picture
/// itself.
public struct FreeU: NetworkPatch {
    /// Factors of the backbone's first half of channels, on the two deepest widths (4 and 2 times the first level's).
    public var b1: Float, b2: Float
    /// Factors of the skip connection's low frequencies, on the same widths.
    public var s1: Float, s2: Float
    public var isVersion2: Bool

    public init(b1: Float, b2: Float, s1: Float, s2: Float, isVersion2: Bool) {
        (self.b1, self.b2, self.s1, self.s2, self.isVersion2) = (b1, b2, s1, s2, isVersion2)
    }

    public static var blank: FreeU { FreeU(b1: 1, b2: 1, s1: 1, s2: 1, isVersion2: false) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("FreeU"))
        try visitor.visit("b1", &b1)
        try visitor.visit("b2", &b2)
        try visitor.visit("s1", &s1)
        try visitor.visit("s2", &s2)
        try visitor.visit("isVersion2", &isVersion2)
    }

    public func install(in hooks: inout NetworkHooks, of model: Model) {
        hooks.outputBlocks.append { h, skip, site in
            let backbone: Float, low: Float
            switch h.shape[3] {
            case 4 * site.modelChannels: (backbone, low) = (b1, s1)
            case 2 * site.modelChannels: (backbone, low) = (b2, s2)
            default: return (h, skip)
            }
            return (
                try site.operations.apply(BackboneScaling(factor: backbone, followsStructure: isVersion2), to: h),
                try site.operations.apply(LowFrequencyScaling(factor: low), to: skip)
            )
        }
    }

}

/// The first half of the channels of `[batch, height, width, channels]` scaled.
struct BackboneScaling: TensorFunction {
    var factor: Float
    /// Pixels whose mean over the channels is large are scaled more than others.
    var followsStructure: Bool

    var name: String { "FreeU backbone" }

    func value(of operands: [Tensor]) -> Tensor {
        let h = operands[0]
        let channels = h.shape[3]
        let half = channels / 2
        let structure = followsStructure ? relativeMeans(h) : nil
        return Tensor(shape: h.shape) { out in
            h.withFloats { x in
                for pixel in 0..<x.count / channels {
                    let scale = structure.map { (factor - 1) * $0[pixel] + 1 } ?? factor
                    let start = pixel * channels
                    for channel in 0..<half { out[start + channel] = x[start + channel] * scale }
                    for channel in half..<channels { out[start + channel] = x[start + channel] }
                }
            }
        }
    }

    /// The mean over channels of each pixel, from 0 to 1 within its item. A single pixel gives 0/0, as in the
    /// original.
    private func relativeMeans(_ h: Tensor) -> [Float] {
        let channels = h.shape[3]
        let plane = h.shape[1] * h.shape[2]
        var means = [Float](repeating: 0, count: h.shape[0] * plane)
        h.withFloats { x in
            for pixel in means.indices {
                var sum: Float = 0
                for channel in 0..<channels { sum += x[pixel * channels + channel] }
                means[pixel] = sum / Float(channels)
            }
        }
        for start in stride(from: 0, to: means.count, by: plane) {
            let item = means[start..<start + plane]
            guard let low = item.min(), let high = item.max() else { continue }
            for pixel in start..<start + plane { means[pixel] = (means[pixel] - low) / (high - low) }
        }
        return means
    }
}

/// The four lowest frequencies (−1 and 0 in both directions) of `[batch, height, width, channels]` scaled, the real part of it.
///
/// They are taken out by their sums rather than by a transform of everything: four sums per channel.
struct LowFrequencyScaling: TensorFunction {
    var factor: Float

    var name: String { "low frequencies" }

    func value(of operands: [Tensor]) throws -> Tensor { try scalingLowFrequencies(operands[0], by: factor) }
}

private func scalingLowFrequencies(_ x: Tensor, by factor: Float) throws -> Tensor {
    let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
    let plane = height * width
    let frequencies = (height > 1 ? [0, -1] : [0]).flatMap { row in (width > 1 ? [0, -1] : [0]).map { (row, $0) } }
    let waves = frequencies.map { row, column -> (cosines: [Float], sines: [Float]) in
        let angles = (0..<plane).map { pixel in
            2 * Double.pi
                * (Double(row * (pixel / width)) / Double(height) + Double(column * (pixel % width)) / Double(width))
        }
        return (angles.map { Float(cos($0)) }, angles.map { Float(sin($0)) })
    }
    let gain = (factor - 1) / Float(plane)
    return try Tensor(shape: x.shape) { out in
        try x.withFloats { x in
            for index in 0..<x.count { out[index] = x[index] }
            var real = [Float](repeating: 0, count: channels), imaginary = real
            for item in 0..<x.count / max(plane * channels, 1) {
                for wave in waves {
                    try Cancellation.check()
                    for channel in 0..<channels { (real[channel], imaginary[channel]) = (0, 0) }
                    for pixel in 0..<plane {
                        let (c, s) = (wave.cosines[pixel], wave.sines[pixel])
                        let start = (item * plane + pixel) * channels
                        for channel in 0..<channels {
                            real[channel] += c * x[start + channel]
                            imaginary[channel] -= s * x[start + channel]
                        }
                    }
                    for pixel in 0..<plane {
                        let (c, s) = (gain * wave.cosines[pixel], gain * wave.sines[pixel])
                        let start = (item * plane + pixel) * channels
                        for channel in 0..<channels { out[start + channel] += c * real[channel] - s * imaginary[channel] }
                    }
                }
            }
        }
    }
}
