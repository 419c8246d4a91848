internal import Problems
internal import Cancellations
internal import Networks
internal import Pictures
internal import Samplers
internal import Tensors

/// The network with its conditioning: gives every side's clean latent for a noisy one.
///
/// Made for one run. Entries that look at the same part of the latent share a network call.
final class GuidedModel: Remembering {
    let network: any DenoisingNetwork
    let sampling: ModelSampling
    let frame: ConditioningFrame
    private let generator: SharedGenerator
    private let control: ControlRun?
    private let hooked: HookedNetworks?
    private let cache: NetworkCallCache?
    /// Of the last call in which attention was recorded: the negative's part.
    private(set) var negativeAttention: Tensor?

    init(
        network: any DenoisingNetwork, sampling: ModelSampling, frame: ConditioningFrame, generator: SharedGenerator,
        control: ControlRun?, hooked: HookedNetworks?, cache: NetworkCallCache?
    ) {
        self.network = network
        self.sampling = sampling
        self.frame = frame
        self.generator = generator
        self.control = control
        self.hooked = hooked
        self.cache = cache
    }

    var memory: RunMemory {
        get {
            var memory = RunMemory()
            memory[tensor: "attention"] = negativeAttention
            return memory
        }
        set { negativeAttention = newValue[tensor: "attention"] }
    }

    /// An entry in the part of the latent it counts for.
    private struct Job {
        let entry: PreparedEntry
        let side: Int
        /// Number within its side.
        let number: Int
        let area: LatentArea?
        /// `[batch, 1, height, width]` of the area.
        let weight: Tensor
    }

    /// The clean latent of every side; 0 for a side that is `nil`.
    ///
    /// - Parameters:
    ///   - sides: positive first, if there are two.
    ///   - kinds: what each side is to patches that ask.
    func predictions(
        _ sides: [[PreparedEntry]?], kinds: [NetworkCall.Side], x: Tensor, sigma: Float,
        attention: NetworkCall.MiddleAttention = .computed
    ) throws -> [Tensor] {
        cache?.beginStep()
        var jobs = try jobs(sides, size: LatentSize(x), sigma: sigma)
        var sums = sides.map { _ in SideSum(shape: x.shape) }
        while let first = jobs.first {
            // Later sides come first in the batch: patches know the order as negative, positive.
            let together = jobs.filter { canJoin($0, first) }.reversed() as [Job]
            jobs.removeAll { canJoin($0, first) }
            try Cancellation.check()
            let outputs = try call(together, kinds: kinds, x: x, sigma: sigma, attention: attention)
            for (job, output) in zip(together, outputs) { sums[job.side].add(output, job.weight, in: job.area) }
        }
        return sums.map(\.mean)
    }

    // MARK: Which entries count, where, and how strongly

    /// The size of the latent now: a sampler may enlarge it on its way.
    private struct LatentSize {
        let height: Int
        let width: Int
        init(_ x: Tensor) { (height, width) = (x.shape[2], x.shape[3]) }
    }

    private func jobs(_ sides: [[PreparedEntry]?], size: LatentSize, sigma: Float) throws -> [Job] {
        var jobs: [Job] = []
        for (side, entries) in sides.enumerated() {
            let active = (entries ?? []).enumerated().filter { $0.element.isActive(sigma) }
            let own = try active.filter { !$0.element.isDefault }.compactMap { number, entry in
                try job(entry, number, side: side, size: size)
            }
            jobs += own
            let defaults = active.filter(\.element.isDefault)
            guard !defaults.isEmpty else { continue }
            // What no other entry of the side covers.
            var rest = Coverage(shape: [frame.batch, 1, size.height, size.width])
            for job in own { rest.subtract(job.weight, in: job.area) }
            guard rest.values.maximum > 0 else { continue }
            jobs += defaults.compactMap { number, entry in
                let area = entry.area?.clipped(height: size.height, width: size.width)
                if entry.area != nil, area == nil { return nil }
                let weight = area?.cut(from: rest.values) ?? rest.values
                return Job(entry: entry, side: side, number: number, area: area, weight: weight)
            }
        }
        return jobs
    }

    private func job(_ entry: PreparedEntry, _ number: Int, side: Int, size: LatentSize) throws -> Job? {
        guard let wanted = entry.area else {
            return Job(entry: entry, side: side, number: number, area: nil, weight: try weight(entry, in: nil, size))
        }
        guard let area = wanted.clipped(height: size.height, width: size.width) else { return nil }
        return Job(entry: entry, side: side, number: number, area: area, weight: try weight(entry, in: area, size))
    }

    private func weight(_ entry: PreparedEntry, in area: LatentArea?, _ size: LatentSize) throws -> Tensor {
        let height = area?.height ?? size.height, width = area?.width ?? size.width
        if let mask = try entry.mask.map({ try resizedMask($0, height: size.height, width: size.width) }) {
            let part = (area?.cut(from: mask) ?? mask).reshaped([-1, 1, height, width]).repeatedToBatch(frame.batch)
            return part.map { $0 * entry.maskStrength * entry.strength }
        }
        guard let area else { return Tensor(repeating: entry.strength, shape: [frame.batch, 1, height, width]) }
        // A soft edge on every side that isn't the picture's own.
        let rows = ramp(area.height, opens: area.y != 0, closes: area.y + area.height < size.height)
        let columns = ramp(area.width, opens: area.x != 0, closes: area.x + area.width < size.width)
        return Tensor(shape: [frame.batch, 1, height, width]) { out in
            for index in 0..<out.count {
                out[index] = entry.strength * rows[index / width % height] * columns[index % width]
            }
        }
    }

    /// Factors along a side: the n-th place from a soft edge counts (n + 1)/r, r being 8 places or a quarter of the
    /// side.
    private func ramp(_ size: Int, opens: Bool, closes: Bool) -> [Float] {
        var factors = [Float](repeating: 1, count: size)
        let width = min(8, size / 4)
        for place in 0..<width {
            let factor = 1 / Float(width) * Float(place + 1)
            if opens { factors[place] *= factor }
            if closes { factors[size - 1 - place] *= factor }
        }
        return factors
    }

    // MARK: Network calls

    /// Whether two entries can share a call: same size, same controls and hooks, token counts that repeat to a common
    /// one.
    private func canJoin(_ a: Job, _ b: Job) -> Bool {
        guard a.area?.height == b.area?.height, a.area?.width == b.area?.width else { return false }
        guard a.entry.embedding.shape[2] == b.entry.embedding.shape[2] else { return false }
        let (m, n) = (a.entry.embedding.shape[1], b.entry.embedding.shape[1])
        guard m > 0, n > 0, leastCommonMultiple(m, n) / min(m, n) <= 4 else { return false }
        // Texts for ControlNets are rare: those of one call are as long as one another.
        guard a.entry.controlEmbedding?.shape == b.entry.controlEmbedding?.shape else { return false }
        // Boxes differ from entry to entry, and a call has one set of them.
        if a.entry.grounding != nil || b.entry.grounding != nil { guard a.side == b.side, a.number == b.number else { return false } }
        return a.entry.controlGroup == b.entry.controlGroup && a.entry.hookGroup == b.entry.hookGroup
    }

    private func isActive(_ range: ScheduleRange, _ sigma: Float) -> Bool {
        sigma <= Float(sampling.sigma(percent: range.start)) && sigma >= Float(sampling.sigma(percent: range.end))
    }

    private func network(of entry: PreparedEntry, _ sigma: Float) throws -> any DenoisingNetwork {
        if entry.hooks.isEmpty { return network }
        guard let hooked else {
            throw SamplingError(
                code: .invalidConditioning, reason: "a conditioning has hooks, and this run has no model that they could change")
        }
        return try hooked.network(for: entry.hooks, sigma: sigma)
    }

    private func call(
        _ jobs: [Job], kinds: [NetworkCall.Side], x: Tensor, sigma: Float, attention: NetworkCall.MiddleAttention
    ) throws -> [Tensor] {
        let scale = sampling.inputScale(sigma)
        let tokens = jobs.reduce(1) { leastCommonMultiple($0, $1.entry.embedding.shape[1]) }
        let latents = jobs.map { $0.area?.cut(from: x) ?? x }
        let inputs = try zip(jobs, latents).map { job, latent in
            let scaled = latent * scale
            guard var extra = job.entry.extraChannels else { return scaled }
            if extra.shape[2...] != x.shape[2...] {
                extra = try extra.resized(width: x.shape[3], height: x.shape[2], by: .bilinear, channels: .first)
            }
            return Tensor.concatenated([scaled, job.area?.cut(from: extra) ?? extra], along: 1)
        }
        // Attention over repeated tokens gives what it gives over them once.
        let contexts = jobs.map { job -> Tensor in
            let embedding = job.entry.embedding.repeatedToBatch(frame.batch)
            let copies = tokens / embedding.shape[1]
            return copies == 1 ? embedding : Tensor.concatenated([Tensor](repeating: embedding, count: copies), along: 1)
        }
        let batch = jobs.count * frame.batch
        var call = NetworkCall(
            x: Tensor.concatenated(inputs, along: 0),
            timesteps: [Float](repeating: sampling.timestep(sigma), count: batch),
            context: Tensor.concatenated(contexts, along: 0), sigma: sigma, sides: jobs.map { kinds[$0.side] })
        let labels = jobs.compactMap { $0.entry.label?.repeatedToBatch(frame.batch) }
        if labels.count == jobs.count { call.label = Tensor.concatenated(labels, along: 0) }
        call.generator = generator
        call.middleAttention = attention
        if let controls = jobs.first?.entry.controls, !controls.isEmpty, let control {
            // The control network sees the latent alone, not the further channels of an inpainting model.
            var hinted = call
            hinted.x = Tensor.concatenated(latents.map { $0 * scale }, along: 0)
            let texts = jobs.compactMap { $0.entry.controlEmbedding?.repeatedToBatch(frame.batch) }
            if texts.count == jobs.count { hinted.context = Tensor.concatenated(texts, along: 0) }
            call.control = try control.residuals(of: controls, for: hinted, isActive: { isActive($0, sigma) })
        }
        if let grounding = jobs.first?.entry.grounding, let control {
            let (height, width) = (latents[0].shape[2], latents[0].shape[3])
            call.tokenPatch = try control.patch(for: grounding, height: height, width: width)
        }
        let network = try network(of: jobs[0].entry, sigma)
        let output: Tensor
        if let cache {
            let scaled = Tensor.concatenated(latents.map { $0 * scale }, along: 0)
            let entries = jobs.map { $0.side << 16 | $0.number }
            output = try cache.predict(scaled, entries: entries, sigma: sigma) { try network.predict(call) }
        } else {
            output = try network.predict(call)
        }
        if case .recorded(let record) = attention, let received = record.received,
            let place = jobs.firstIndex(where: { kinds[$0.side] == .negative })
        {
            negativeAttention = received.narrowed(0, from: place * frame.batch, count: frame.batch)
        }
        return zip(jobs.indices, latents).map { index, latent in
            let part = output.narrowed(0, from: index * frame.batch, count: frame.batch)
            return sampling.denoised(part, from: latent, sigma: sigma)
        }
    }
}

private func leastCommonMultiple(_ a: Int, _ b: Int) -> Int {
    var (m, n) = (a, b)
    while n != 0 { (m, n) = (n, m % n) }
    return a / max(m, 1) * b
}
