internal import Diffusion
internal import Pictures
internal import Tensors
internal import WorkflowEngine

/// Takes some items out of a batch; they keep the noise of their place in it.
struct LatentFromBatch: Node {
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs {
        let latent = try inputs.latent("samples")
        let first = try inputs.int("batch_index", most: latent.batch - 1, context)
        let count = try inputs.int("length", most: latent.batch - first, context)
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
