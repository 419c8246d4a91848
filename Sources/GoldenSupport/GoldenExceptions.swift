/// Reference cases that are not met on purpose, each with its cause.
///
/// They still count as failed; the cause is told with them. One that starts to pass is an entry to be removed, and fails the run. `docs/decisions/0007-reference-defects.md` says why.
public enum GoldenExceptions {
    /// By `group/case`.
    public static let causes: [String: String] = [
        "custom-sampling/KSamplerSelect-4":
            "the reference's schedule had been changed by uni_pc in the workflow before it: its last sigma was 0.001, not 0",
        "model-patches/EasyCache-1":
            "the reference adds every entry's cached difference to every entry; its later versions add each one's own",
    ]
}
