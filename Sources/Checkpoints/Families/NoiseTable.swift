/// The 1000 noise levels that a family was trained at.
public enum NoiseTable: Sendable, Hashable {
    /// Scaled linear betas from 0.00085 to 0.012 (Rombach et al. 2022).
    case standard
    /// Scaled linear betas from 0.0001 to 0.02: those of the ×4 upscaler.
    case upscaling
}
