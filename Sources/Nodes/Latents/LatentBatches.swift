internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Takes some items out of a batch; they keep the noise of their place in it.
struct LatentFromBatch: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let latent = try inputs.latent("samples")
        let first = min(latent.batch - 1, try inputs.int("batch_index"))
        let count = min(latent.batch - first, try inputs.int("length"))
        var part = latent
        part.samples = latent.samples.narrowed(0, from: first, count: count)
        if let mask = latent.noiseMask, mask.shape[0] > 1 {
            // A short mask counts as repeated over the batch, and then loses items like the latent.
            let repeated = mask.shape[0] < latent.batch ? mask.repeated(toBatch: latent.batch) : mask
            part.noiseMask = repeated.narrowed(0, from: first, count: min(count, repeated.shape[0] - first))
        }
        let places = latent.batchIndex ?? Array(0..<latent.batch)
        part.batchIndex = Array(places.dropFirst(first).prefix(count))
        return .of(part)
    }
}

/// Repeats a batch; every copy gets noise of its own.
struct RepeatLatentBatch: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let latent = try inputs.latent("samples")
        let amount = try inputs.int("amount")
        try checkMemory(for: latent.samples.shape + [amount])
        var all = latent
        all.samples = latent.samples.repeated(toBatch: latent.batch * amount)
        if let mask = latent.noiseMask, mask.shape[0] > 1 {
            all.noiseMask = mask.repeated(toBatch: latent.batch * amount)
        }
        if let places = latent.batchIndex, let first = places.min(), let last = places.max() {
            // Each copy starts after the places that the copy before it took.
            let offset = last - first + 1
            all.batchIndex = (0..<amount).flatMap { copy in places.map { $0 + copy * offset } }
        }
        return .of(all)
    }
}

/// Limits sampling to where a mask is white.
struct SetLatentNoiseMask: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        var latent = try inputs.latent("samples")
        let mask = try inputs.mask("mask")
        latent.noiseMask = mask.values.reshaped([-1, 1, mask.height, mask.width])
        return .of(latent)
    }
}

extension Tensor {
    /// The items over and over until there are `count`, cut where there are more.
    func repeated(toBatch count: Int) -> Tensor {
        let batch = shape.first ?? 0
        if batch == count || batch == 0 { return self }
        if batch > count { return narrowed(0, from: 0, count: count) }
        let copies = Array(repeating: self, count: (count + batch - 1) / batch)
        return Tensor.concatenated(copies, along: 0).narrowed(0, from: 0, count: count)
    }
}
