internal import Problems
internal import Descriptions
internal import Networks
internal import Samplers
internal import Tensors

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
