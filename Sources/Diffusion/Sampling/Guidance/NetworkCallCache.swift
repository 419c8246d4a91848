internal import Samplers
internal import Tensors

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
