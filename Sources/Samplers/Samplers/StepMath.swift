internal import Glibc
internal import Tensors

/// The parts of an ancestral step: down to less noise than asked for, and up again by fresh noise.
///
/// Source: Song et al. 2021, DDIM, eq. 16 with η, in σ as k-diffusion writes it.
///
/// - Returns: the sigma to step down to, and the standard deviation of the noise to add; both 0 for `next` 0.
func ancestralStep(from sigma: Float, to next: Float, eta: Float) -> (down: Float, up: Float) {
    guard eta != 0 else { return (next, 0) }
    let up = min(next, eta * (next * next * (sigma * sigma - next * next) / (sigma * sigma)).squareRoot())
    return ((next * next - up * up).squareRoot(), up)
}

/// The direction of the probability flow, dx/dσ (Karras et al. 2022, eq. 1).
func derivative(_ x: Tensor, _ denoised: Tensor, _ sigma: Float) -> Tensor {
    Tensor.zip(x, denoised) { ($0 - $1) / sigma }
}

/// `a·x + b·y + c·z`.
func lincomb(_ a: Float, _ x: Tensor, _ b: Float, _ y: Tensor, _ c: Float, _ z: Tensor) -> Tensor {
    lincomb(1, lincomb(a, x, b, y), c, z)
}

/// `x + a·y`.
func adding(_ a: Float, _ y: Tensor, to x: Tensor) -> Tensor { Tensor.zip(x, y) { $0 + a * $1 } }

/// `x + Σ cᵢ·tᵢ`.
func adding(_ terms: some Sequence<(Float, Tensor)>, to x: Tensor) -> Tensor {
    terms.reduce(x) { adding($1.0, $1.1, to: $0) }
}

/// λ = −ln σ, half the logarithm of the signal-to-noise ratio of a latent of scale 1.
func lambda(_ sigma: Float) -> Float { -logf(sigma) }

/// The steps of a schedule: number, sigma and next sigma.
func steps(_ sigmas: [Float]) -> some Sequence<(step: Int, sigma: Float, next: Float)> {
    zip(sigmas, sigmas.dropFirst()).enumerated().lazy.map { (step: $0.offset, sigma: $0.element.0, next: $0.element.1) }
}
