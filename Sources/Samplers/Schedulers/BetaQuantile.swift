internal import Glibc

/// The value that a beta-distributed number stays below with probability `p`: the inverse of the regularised
/// incomplete beta function, by bisection to the last bit.
///
/// - Parameters:
///   - p: 0…1.
///   - a: first shape parameter, above 0.
///   - b: second shape parameter, above 0.
func betaQuantile(_ p: Double, _ a: Double, _ b: Double) -> Double {
    if p <= 0 { return 0 }
    if p >= 1 { return 1 }
    var (low, high) = (0.0, 1.0)
    while true {
        let middle = (low + high) / 2
        if middle <= low || middle >= high { return middle }
        if regularizedIncompleteBeta(middle, a, b) < p { low = middle } else { high = middle }
    }
}

/// I_x(a, b) by its continued fraction (modified Lentz method; Numerical Recipes, section 6.4).
private func regularizedIncompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    // The fraction converges quickly on this side of the mean; the other side by symmetry.
    if x > (a + 1) / (a + b + 2) { return 1 - regularizedIncompleteBeta(1 - x, b, a) }
    let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    let tiny = 1e-300
    func nonzero(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / nonzero(1 - (a + b) * x / (a + 1))
    var fraction = d
    for index in 1...500 {
        let m = Double(index)
        let even: Double = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        let odd: Double = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for numerator in [even, odd] {
            d = 1 / nonzero(1 + numerator * d)
            c = nonzero(1 + numerator / c)
            fraction *= c * d
        }
        if abs(c * d - 1) < 1e-16 { break }
    }
    return front * fraction
}
