internal import Descriptions
internal import Digests
internal import Networks
internal import Pictures
internal import Samplers
internal import Tensors

/// One entry of a side, made ready for latents of one size.
struct PreparedEntry {
    var embedding: Tensor
    /// The text for ControlNets, where it is another one.
    var controlEmbedding: Tensor?
    /// Extra vector of the time embedding, `[n, width]`, for networks that take one.
    var label: Tensor?
    var area: LatentArea?
    var strength: Float
    /// `[n, height, width]` of the latent's size.
    var mask: Tensor?
    var maskStrength: Float
    /// Active while `startSigma >= sigma >= endSigma`.
    var startSigma: Float?
    var endSigma: Float?
    var isDefault: Bool
    var controls: [ControlApplication]
    var controlsApplyToOtherSide: Bool
    /// Equal for entries whose controls give the same for the same latent.
    var controlGroup = 0
    var hooks: ConditioningHooks
    /// Tells entries with different hooks apart; `nil` without.
    let hookGroup: Digest?
    var grounding: Grounding?
    /// Further input channels of an inpainting U-Net, `[batch, channels, height, width]`.
    var extraChannels: Tensor?

    func isActive(_ sigma: Float) -> Bool {
        if let startSigma, sigma > startSigma { return false }
        if let endSigma, sigma < endSigma { return false }
        return true
    }

    init(_ entry: Conditioning.Entry, for frame: ConditioningFrame, isNegative: Bool) throws {
        embedding = entry.embedding
        controlEmbedding = entry.controlEmbedding
        label = try frame.label(for: entry, isNegative: isNegative)
        strength = entry.strength
        maskStrength = entry.maskStrength
        isDefault = entry.isDefault
        hooks = entry.hooks
        hookGroup = entry.hooks.isEmpty ? nil : try entry.hooks.digest()
        grounding = entry.grounding
        controls = entry.controls
        controlsApplyToOtherSide = entry.controlsApplyToOtherSide
        area = entry.area.map { LatentArea($0, height: frame.height, width: frame.width) }
        if let mask = entry.mask {
            guard mask.rank >= 2, mask.count > 0 else {
                throw SamplingError(code: .invalidConditioning, reason: "a conditioning's mask is empty: \(mask.shape)")
            }
            let resized = try resizedMask(mask, height: frame.height, width: frame.width)
            if entry.maskSetsArea { area = LatentArea(boundsOf: resized) }
            self.mask = resized
        }
        if let range = entry.timestepRange {
            startSigma = Float(frame.sampling.sigma(percent: range.start))
            endSigma = Float(frame.sampling.sigma(percent: range.end))
        }
        if case .noiseLevel = frame.labelForm {
            extraChannels = try frame.upscalingChannels(of: entry)
        } else {
            extraChannels = try frame.extraChannels(entry.inpainting)
        }
    }
}

extension [ControlApplication] {
    /// Whether two chains give the same residuals for the same call.
    fileprivate func isSame(as other: [ControlApplication]) throws(SamplingError) -> Bool {
        guard count == other.count else { return false }
        for (a, b) in zip(self, other) {
            guard a.strength == b.strength, a.timestepRange == b.timestepRange, a.hint.hasSameBits(as: b.hint) else { return false }
            do {
                if try a.control.digest() != b.control.digest() { return false }
            } catch { throw SamplingError(code: .invalidConditioning, reason: "a control's model can't be read: \(error)") }
        }
        return true
    }
}

/// Masks of any rank and size as `[n, height, width]`, bilinear where the size differs.
func resizedMask(_ mask: Tensor, height: Int, width: Int) throws -> Tensor {
    let (rows, columns) = (mask.shape[mask.rank - 2], mask.shape[mask.rank - 1])
    let planes = mask.reshaped([-1, 1, rows, columns])
    let resized =
        rows == height && columns == width
        ? planes : try planes.resized(width: width, height: height, by: .bilinear, channels: .first)
    return resized.reshaped([-1, height, width])
}

/// What the entries of a run are made ready for.
struct ConditioningFrame {
    /// `[batch, channels, height, width]`
    let shape: [Int]
    let sampling: ModelSampling
    /// Channels that the network takes.
    let inputChannels: Int
    /// The start latent in the model's scale, and the mask of the run, `[batch, 1, height, width]` or of any such
    /// size.
    let latent: Tensor
    let noiseMask: Tensor?
    let latentScale: Float
    var labelForm = LabelForm.none
    /// Seed of the run, and the stream of everything drawn in it beside the sampler's own noise.
    var seed: UInt64 = 0
    var generator = SharedGenerator(seed: 0)

    var batch: Int { shape[0] }
    var height: Int { shape[2] }
    var width: Int { shape[3] }

    /// A conditioning for every side, each knowing of the others.
    ///
    /// - Parameters:
    ///   - sides: the positive one first: controls that apply to the other side are taken from it.
    ///   - negative: number of the side that says what isn't wanted.
    func prepared(_ sides: [Conditioning?], negative: Int?) throws -> [[PreparedEntry]?] {
        var prepared: [[PreparedEntry]?] = []
        for (number, side) in sides.enumerated() {
            guard let side else { prepared.append(nil); continue }
            var entries: [PreparedEntry] = []
            for entry in side.entries {
                entries.append(try PreparedEntry(entry, for: self, isNegative: number == negative))
            }
            prepared.append(entries)
        }
        // Every area needs its counterpart on the other sides: the smallest entry there that encloses it, limited to
        // it.
        for side in prepared.indices {
            for entry in prepared[side] ?? [] {
                for other in prepared.indices where other != side { prepared[other]?.complete(forAreaOf: entry) }
            }
        }
        if let positive = prepared.first, let positive {
            for other in prepared.indices.dropFirst() {
                prepared[other]?.takeControls(from: positive)
                prepared[other]?.takeGrounding(from: positive)
            }
        }
        try groupControls(&prepared)
        return prepared
    }

    /// Numbers the different chains of controls, so that comparing them is cheap later.
    private func groupControls(_ sides: inout [[PreparedEntry]?]) throws(SamplingError) {
        var chains: [[ControlApplication]] = [[]]
        for side in sides.indices {
            for entry in sides[side]?.indices ?? 0..<0 {
                guard let controls = sides[side]?[entry].controls else { continue }
                var group = 0
                while group < chains.count, try !chains[group].isSame(as: controls) { group += 1 }
                if group == chains.count { chains.append(controls) }
                sides[side]?[entry].controlGroup = group
            }
        }
    }
}

extension [PreparedEntry] {
    /// Adds a copy of `other` that speaks this side's text, unless an entry with the same area is there.
    fileprivate mutating func complete(forAreaOf other: PreparedEntry) {
        guard let area = other.area else { return }
        var smallest: PreparedEntry?
        for entry in self {
            if let own = entry.area {
                guard own.contains(area) else { continue }
                if let best = smallest?.area, best.height * best.width <= own.height * own.width { continue }
                smallest = entry
            } else if smallest == nil {
                smallest = entry
            }
        }
        guard let smallest, smallest.area != area else { return }
        var copy = other
        copy.embedding = smallest.embedding
        copy.controlEmbedding = smallest.controlEmbedding
        copy.label = smallest.label
        copy.extraChannels = smallest.extraChannels
        append(copy)
    }

    /// Gives the controls of the old ControlNetApply to the entries here that have none of their own.
    fileprivate mutating func takeControls(from positive: [PreparedEntry]) {
        let given = positive.filter { $0.area == nil && $0.controlsApplyToOtherSide && !$0.controls.isEmpty }
        let wholes = indices.filter { self[$0].area == nil }
        guard !given.isEmpty, wholes.allSatisfy({ self[$0].controls.isEmpty }), !wholes.isEmpty else { return }
        for (number, entry) in given.enumerated() { self[wholes[number % wholes.count]].controls = entry.controls }
    }

    /// Gives the positive side's boxes to the entries here, unless one has boxes of its own.
    fileprivate mutating func takeGrounding(from positive: [PreparedEntry]) {
        let given = positive.filter { $0.area == nil && $0.grounding != nil }
        let wholes = indices.filter { self[$0].area == nil }
        guard !given.isEmpty, wholes.allSatisfy({ self[$0].grounding == nil }), !wholes.isEmpty else { return }
        for (number, entry) in given.enumerated() { self[wholes[number % wholes.count]].grounding = entry.grounding }
    }
}
