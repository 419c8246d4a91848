public import Digests
internal import Tensors

/// Skips model calls whose result can be guessed: as long as the estimated change stays below a threshold, the last
/// difference between output and input is used again.
///
/// Source: Zhou et al. 2025, "Less is enough: training-free video diffusion acceleration via runtime-adaptive
/// caching"; ComfyUI's EasyCache (around the network) and LazyCache (around guidance as a whole) nodes.
public struct StepCaching: ModelPatch {
    public enum Place: String, Sendable, Hashable { case network = "EasyCache", guidance = "LazyCache" }

    public var place: Place
    /// Estimated relative change at which the model is called again.
    public var threshold: Float
    /// The part of the run in which calls may be skipped.
    public var range: ScheduleRange

    public init(place: Place, threshold: Float, range: ScheduleRange) {
        self.place = place
        self.threshold = threshold
        self.range = range
    }

    public func feed(into digest: inout DigestBuilder) {
        digest.add(place.rawValue)
        digest.add(threshold)
        digest.add(range.start)
        digest.add(range.end)
    }
}

/// The running estimate of how much a model's output changes.
struct ChangeEstimate {
    private let threshold: Float
    private let startSigma: Float
    private let endSigma: Float
    // `memory` below holds all that changes but `inputChange`, which lives within one call.
    /// Change of the output per change of the input, at the last call.
    private var rate: Float?
    /// Estimated change since the last call.
    private var accumulated: Float = 0
    private var lastInput: Tensor?
    private var lastOutput: Tensor?
    private var lastMagnitude: Float?
    private var inputChange: Float?

    init(_ caching: StepCaching, sampling: ModelSampling) {
        threshold = caching.threshold
        startSigma = Float(sampling.sigma(percent: caching.range.start))
        endSigma = Float(sampling.sigma(percent: caching.range.end))
    }

    func isOver(_ sigma: Float) -> Bool { sigma <= endSigma }
    func hasBegun(_ sigma: Float) -> Bool { sigma <= startSigma }

    /// Whether the next output can be guessed. To be asked once a call, with the thinned input.
    mutating func canSkip(_ input: Tensor, ifPossible: Bool) -> Bool {
        // A sampler may enlarge the latent on its way; then there is nothing to compare with.
        inputChange = lastInput.flatMap { $0.shape == input.shape ? meanMagnitude(input - $0) : nil }
        guard let rate, let lastMagnitude, let inputChange else { return false }
        accumulated += rate * inputChange / lastMagnitude
        if accumulated < threshold, ifPossible { return true }
        accumulated = 0
        return false
    }

    /// A call that isn't estimated.
    mutating func passOver() { inputChange = nil }

    /// Learns from a call that was made.
    ///
    /// - Parameters:
    ///   - input: thinned input.
    ///   - output: thinned output.
    ///   - whole: the output of the whole call.
    mutating func learn(_ input: Tensor, _ output: Tensor, whole: Tensor) {
        if lastMagnitude != nil, let lastOutput, lastOutput.shape == output.shape, let inputChange {
            rate = meanMagnitude(output - lastOutput) / inputChange
        }
        lastInput = input
        lastOutput = output
        lastMagnitude = meanMagnitude(whole)
    }

    var memory: RunMemory {
        get {
            var memory = RunMemory()
            memory[number: "rate"] = rate
            memory[number: "accumulated"] = accumulated
            memory[number: "magnitude"] = lastMagnitude
            memory[tensor: "input"] = lastInput
            memory[tensor: "output"] = lastOutput
            return memory
        }
        set {
            rate = newValue[number: "rate"]
            accumulated = newValue[number: "accumulated"] ?? 0
            lastMagnitude = newValue[number: "magnitude"]
            lastInput = newValue[tensor: "input"]
            lastOutput = newValue[tensor: "output"]
        }
    }
}

/// The mean of the magnitudes of all elements.
private func meanMagnitude(_ x: Tensor) -> Float { Float(x.map { abs($0) }.mean) }

/// Every eighth row and column of `[batch, channels, height, width]`: enough to see change.
private func thinned(_ x: Tensor) -> Tensor {
    let (height, width) = (x.shape[2], x.shape[3])
    let (rows, columns) = ((height + 7) / 8, (width + 7) / 8)
    return Tensor(shape: [x.shape[0], x.shape[1], rows, columns]) { out in
        x.withFloats { x in
            for index in 0..<out.count {
                let (plane, row, column) = (index / (rows * columns), index / columns % rows, index % columns)
                out[index] = x[(plane * height + row * 8) * width + column * 8]
            }
        }
    }
}

/// EasyCache: around the network, each entry with a difference of its own. The first entry of the first call decides
/// for all.
final class NetworkCallCache: Remembering {
    private var estimate: ChangeEstimate
    private var differences: [Int: Tensor] = [:]
    private var leader: Int?
    private var skipsStep = false

    init(_ caching: StepCaching, sampling: ModelSampling) { estimate = ChangeEstimate(caching, sampling: sampling) }

    var memory: RunMemory {
        get {
            var memory = RunMemory()
            memory[part: "estimate"] = estimate.memory
            // Side and number of an entry are far below the integers that a Float holds.
            memory[number: "leader"] = leader.map { Float($0) }
            for (entry, difference) in differences { memory[part: "differences"][tensor: "\(entry)"] = difference }
            return memory
        }
        set {
            estimate.memory = newValue[part: "estimate"]
            leader = newValue[number: "leader"].flatMap { Int(exactly: $0) }
            differences = [:]
            for (entry, difference) in newValue[part: "differences"].tensors {
                if let entry = Int(entry) { differences[entry] = difference }
            }
            skipsStep = false
        }
    }

    /// To be called before the calls of a step.
    func beginStep() { skipsStep = false }

    /// - Parameters:
    ///   - x: scaled latents of a call, an equal part of the batch per entry.
    ///   - entries: identifies the entries.
    ///   - predict: makes the call.
    func predict(_ x: Tensor, entries: [Int], sigma: Float, _ predict: () throws -> Tensor) rethrows -> Tensor {
        if estimate.isOver(sigma) { return try predict() }
        let size = x.shape[0] / entries.count
        func part(_ tensor: Tensor, _ place: Int) -> Tensor { tensor.narrowed(0, from: place * size, count: size) }
        estimate.passOver()
        if estimate.hasBegun(sigma) {
            let isPossible = entries.allSatisfy { differences[$0]?.shape == part(x, 0).shape }
            if skipsStep, isPossible { return guess(x, entries, part) }
            leader = leader ?? entries[0]
            if let place = leader.flatMap(entries.firstIndex(of:)),
                estimate.canSkip(thinned(part(x, place)), ifPossible: isPossible)
            {
                skipsStep = true
                return guess(x, entries, part)
            }
        }
        let output = try predict()
        for (place, entry) in entries.enumerated() { differences[entry] = part(output, place) - part(x, place) }
        if let place = leader.flatMap(entries.firstIndex(of:)) {
            estimate.learn(thinned(part(x, place)), thinned(part(output, place)), whole: output)
        }
        return output
    }

    private func guess(_ x: Tensor, _ entries: [Int], _ part: (Tensor, Int) -> Tensor) -> Tensor {
        Tensor.concatenated(
            entries.enumerated().map { place, entry in
                let own = part(x, place)
                return differences[entry].map { own + $0 } ?? own
            }, along: 0)
    }
}

/// LazyCache: around guidance as a whole.
final class GuidanceCache: Remembering {
    private var estimate: ChangeEstimate
    private var last: (difference: Tensor, unconditional: Tensor)?

    init(_ caching: StepCaching, sampling: ModelSampling) { estimate = ChangeEstimate(caching, sampling: sampling) }

    var memory: RunMemory {
        get {
            var memory = RunMemory()
            memory[part: "estimate"] = estimate.memory
            memory[tensor: "difference"] = last?.difference
            memory[tensor: "unconditional"] = last?.unconditional
            return memory
        }
        set {
            estimate.memory = newValue[part: "estimate"]
            last = nil
            if let difference = newValue[tensor: "difference"], let unconditional = newValue[tensor: "unconditional"] {
                last = (difference, unconditional)
            }
        }
    }

    func predict(
        _ x: Tensor, _ sigma: Float, _ predict: (Tensor, Float) throws -> Denoiser.Prediction
    ) rethrows -> Denoiser.Prediction {
        if estimate.isOver(sigma) { return try predict(x, sigma) }
        estimate.passOver()
        if estimate.hasBegun(sigma), estimate.canSkip(thinned(x), ifPossible: true), let last, last.difference.shape == x.shape {
            return Denoiser.Prediction(denoised: x + last.difference, unconditional: last.unconditional)
        }
        let prediction = try predict(x, sigma)
        estimate.learn(thinned(x), thinned(prediction.denoised), whole: prediction.denoised)
        last = (prediction.denoised - x, prediction.unconditional)
        return prediction
    }
}
