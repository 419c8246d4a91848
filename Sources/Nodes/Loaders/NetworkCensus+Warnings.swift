internal import Checkpoints
internal import Diffusion
internal import Networks
internal import WorkflowEngine

extension NetworkCensus {
    /// Tells of what a file holds or lacks without anybody seeing it in the result.
    ///
    /// - Parameters:
    ///   - network: what it was loaded as: "denoising network".
    ///   - file: for messages.
    func warn(of network: String, in file: String, _ context: NodeContext) {
        func excerpt(_ names: [String]) -> String {
            names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
        }
        if !unused.isEmpty {
            context.warn(
                "\(unused.count) tensors of the \(network) in \(file) belong to no layer of it and have no effect: \(excerpt(unused))")
        }
        if !lacking.isEmpty {
            context.warn(
                "the \(network) in \(file) lacks \(lacking.count) biases that others of its layers have; they count as 0: \(excerpt(lacking))"
            )
        }
    }
}

extension Model {
    func warnOfCensus(_ context: NodeContext) { census()?.warn(of: "denoising network", in: content.displayName, context) }
}

extension TextEncoder {
    func warnOfCensus(_ context: NodeContext) {
        census()?.warn(of: "text encoder", in: Set(models.map(\.content.displayName)).sorted().joined(separator: " and "), context)
    }
}

extension VAE {
    func warnOfCensus(_ context: NodeContext) { census()?.warn(of: "VAE", in: displayName, context) }
}
