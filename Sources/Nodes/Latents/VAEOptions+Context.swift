internal import Diffusion
internal import Networks
internal import Pictures
internal import WorkflowEngine

extension NodeContext {
    /// Encoding and decoding that can be stopped, and that tells how far it is.
    var vaeOptions: VAEOptions {
        VAEOptions(
            progress: { done, count in
                try checkCancellation()
                if count > 1 { progress(done, of: count) }
            })
    }
}
