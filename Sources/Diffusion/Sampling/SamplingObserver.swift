/// Who looks on while a sampler works.
public struct SamplingObserver: Sendable {
    /// Told after each step's first call: steps done, of how many, and the denoised latent in the VAE's scale.
    public var step: @Sendable (_ done: Int, _ of: Int, _ denoised: Latent) -> Void
    /// Told once, when a walk goes on where an earlier one stopped, before the first call that isn't on its tape: the step,
    /// counted from 1, of how many. The steps before it are not told again.
    public var resumed: @Sendable (_ step: Int, _ of: Int) -> Void

    public init(
        step: @escaping @Sendable (_ done: Int, _ of: Int, _ denoised: Latent) -> Void = { _, _, _ in },
        resumed: @escaping @Sendable (_ step: Int, _ of: Int) -> Void = { _, _ in }
    ) {
        self.step = step
        self.resumed = resumed
    }
}
