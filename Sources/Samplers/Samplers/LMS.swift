internal import Tensors

/// Linear multistep method: the derivatives of up to four steps, weighted by the integrals of their Lagrange
/// polynomials.
///
/// Source: k-diffusion `sample_lms`, by Crowson. The weights are integrated exactly; the reference's quadrature
/// agrees to rounding.
///
/// - Parameter order: most derivatives used, at least 1.
func sampleLMS(_ denoise: Denoiser, x: Tensor, sigmas: [Float], order: Int = 4) throws -> Tensor {
    var x = x
    var history: [Tensor] = []  // newest first
    for (step, sigma, next) in steps(sigmas) {
        let denoised = try denoise(x, sigma, step: step)
        history.insert(derivative(x, denoised, sigma), at: 0)
        if history.count > order { history.removeLast() }
        guard next != 0 else { x = denoised; continue }
        let nodes = history.indices.map { Double(sigmas[step - $0]) }
        let weights = history.indices.map { lagrangeIntegral(nodes, $0, from: Double(sigma), to: Double(next)) }
        x = adding(zip(weights.map { Float($0) }, history), to: x)
    }
    return x
}

/// The integral of the Lagrange basis polynomial that is 1 at `nodes[index]` and 0 at the others.
private func lagrangeIntegral(_ nodes: [Double], _ index: Int, from: Double, to: Double) -> Double {
    // Coefficients in τ − from, lowest first: shifting keeps the powers small where the interval is.
    var coefficients = [1.0]
    for (other, node) in nodes.enumerated() where other != index {
        let width = nodes[index] - node
        let root = node - from
        var product = [Double](repeating: 0, count: coefficients.count + 1)
        for (power, value) in coefficients.enumerated() {
            product[power + 1] += value / width
            product[power] -= value * root / width
        }
        coefficients = product
    }
    let h = to - from
    var power = h
    var sum = 0.0
    for (exponent, value) in coefficients.enumerated() {
        sum += value * power / Double(exponent + 1)
        power *= h
    }
    return sum
}
