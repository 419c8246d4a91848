internal import CTensorKernels

/// The threads that compute. Their number never shows in a result.
public enum ComputeThreads {
    /// Threads that take part in an operation, the caller included; by default one for each processor core that the process
    /// may use (affinity and control-group quota).
    public static var count: Int { dk_threads() }
    /// - Parameter count: at least 1, at most 256; `nil` gives the default back.
    public static func set(_ count: Int?) { dk_set_threads(max(count ?? 0, 0)) }
    public static var available: Int { dk_available_processors() }
}

/// Which instruction set the kernels use.
public enum KernelVariant {
    /// `"avx512"`, `"avx2"`, `"neon"` or `"scalar"`: the best one of this processor, or what `DARKROOM_KERNELS` names.
    public static var active: String { String(cString: dk_variant_name()) }

    /// Why `DARKROOM_KERNELS` can't be obeyed, one sentence; `nil` when it can or isn't set. Programs refuse to go on.
    public static var environmentProblem: String? { dk_variant_problem().map { String(cString: $0) } }

    /// Variants of this build that this processor runs, the best first.
    public static var supported: [String] {
        var names: [String] = []
        while let name = dk_variant_at(names.count) { names.append(String(cString: name)) }
        return names.filter { dk_variant_supported($0) }
    }
}
