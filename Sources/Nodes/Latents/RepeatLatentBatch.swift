internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

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
