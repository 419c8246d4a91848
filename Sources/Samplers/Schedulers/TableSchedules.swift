internal import Glibc

/// A published table of falling noise levels, interpolated for other numbers of steps.
///
/// - Parameters:
///   - table: its last entry stands for 0.
///   - denoise: share of the steps that is walked; 0 gives no sigmas.
/// - Returns: `round(steps · denoise) + 1` falling sigmas, the last one 0.
func sigmasFromTable(_ table: [Double], steps: Int, denoise: Double) -> [Float] {
    if denoise <= 0 { return [] }
    let walked = denoise < 1 ? Int((Double(steps) * denoise).rounded(.toNearestOrEven)) : steps
    let levels = table.count == steps + 1 ? table : logInterpolated(table, count: steps + 1)
    var sigmas = levels.suffix(walked + 1).map { Float($0) }
    if !sigmas.isEmpty { sigmas[sigmas.count - 1] = 0 }
    return sigmas
}

/// A falling list at another length: straight lines in log sigma over even places, counted from the low end.
func logInterpolated(_ table: [Double], count: Int) -> [Double] {
    let logs = table.reversed().map { log($0) }
    guard logs.count > 1, count > 1 else { return Array(table.suffix(count)) }
    let rising = (0..<count).map { index -> Double in
        let place = Double(index) / Double(count - 1) * Double(logs.count - 1)
        let low = min(Int(place), logs.count - 2)
        return exp(logs[low] + (logs[low + 1] - logs[low]) * (place - Double(low)))
    }
    return rising.reversed()
}

/// Schedules of ten steps found by minimising an error bound, per family of models.
///
/// Source: Sabour et al. 2024, "Align Your Steps", published values.
public enum AlignedSteps: String, Sendable, CaseIterable {
    case sd1 = "SD1"
    case sdxl = "SDXL"
    case svd = "SVD"

    private var table: [Double] {
        switch self {
        case .sd1:
            [
                14.6146412293, 6.4745760956, 3.8636745985, 2.6946151520, 1.8841921177, 1.3943805092, 0.9642583904, 0.6523686016,
                0.3977456272, 0.1515232662, 0.0291671582,
            ]
        case .sdxl:
            [
                14.6146412293, 6.3184485287, 3.7681790315, 2.1811480769, 1.3405244945, 0.8620721141, 0.5550693289, 0.3798540708,
                0.2332364134, 0.1114188177, 0.0291671582,
            ]
        case .svd: [700, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002]
        }
    }

    public func sigmas(steps: Int, denoise: Double) -> [Float] { sigmasFromTable(table, steps: steps, denoise: denoise) }
}

/// Schedules that follow the shape of sampling trajectories of Stable Diffusion 1.5.
///
/// Source: Chen et al. 2024, "On the trajectory regularity of ODE-based diffusion sampling" (GITS), published values.
/// More than 20 steps interpolate the longest table.
///
/// - Parameters:
///   - coefficient: 0.80…1.50 in steps of 0.05; others take the nearest. Small ones visit more high levels.
///   - steps: at least 2.
/// - Returns: `round(steps · denoise) + 1` falling sigmas, the last one 0; none for `denoise` 0.
public func sigmasGITS(coefficient: Double, steps: Int, denoise: Double) -> [Float] {
    let number = Int(((min(1.5, max(0.8, coefficient)) - 0.8) / 0.05).rounded())
    let table = GITSTable.schedule(coefficient: number, steps: max(2, min(20, steps)))
    return sigmasFromTable(table, steps: max(2, steps), denoise: denoise)
}

/// Schedules found by dynamic programming over a teacher's trajectory, for flow models.
///
/// Source: Pei et al. 2025, "Optimal Stepsize for Diffusion Sampling", published values.
public enum OptimalSteps: String, Sendable, CaseIterable {
    case flux = "FLUX"
    case wan = "Wan"
    case chroma = "Chroma"

    private var table: [Double] {
        switch self {
        case .flux: [0.9968, 0.9886, 0.9819, 0.975, 0.966, 0.9471, 0.9158, 0.8287, 0.5512, 0.2808, 0.001]
        case .wan:
            [
                1.0, 0.997, 0.995, 0.993, 0.991, 0.989, 0.987, 0.985, 0.98, 0.975, 0.973, 0.968, 0.96, 0.946, 0.927, 0.902,
                0.864, 0.776, 0.539, 0.208, 0.001,
            ]
        case .chroma:
            [
                0.992, 0.99, 0.988, 0.985, 0.982, 0.978, 0.973, 0.968, 0.961, 0.953, 0.943, 0.931, 0.917, 0.9, 0.881, 0.858,
                0.832, 0.802, 0.769, 0.731, 0.69, 0.646, 0.599, 0.55, 0.501, 0.451, 0.402, 0.355, 0.311, 0.27, 0.232, 0.199,
                0.169, 0.143, 0.12, 0.101, 0.084, 0.07, 0.058, 0.048, 0.001,
            ]
        }
    }

    public func sigmas(steps: Int, denoise: Double) -> [Float] { sigmasFromTable(table, steps: steps, denoise: denoise) }
}
