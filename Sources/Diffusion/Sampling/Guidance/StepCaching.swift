public import Digests

/// Skips model calls whose result can be guessed: as long as the estimated change stays below a threshold, the last
/// difference between output and input is used again.
///
/// Source: Zhou et al. 2025, "Less is enough: training-free video diffusion acceleration via runtime-adaptive
/// caching"; ComfyUI's EasyCache (around the network) and LazyCache (around guidance as a whole) nodes.
public struct StepCaching: ModelPatch {
    public enum Place: String, Sendable, Hashable { case network = "EasyCache", guidance = "LazyCache" }

    public var place: Place
    /// Estimated relative change at which the model is called again.
    public var threshold: Float
    /// The part of the run in which calls may be skipped.
    public var range: ScheduleRange

    public init(place: Place, threshold: Float, range: ScheduleRange) {
        self.place = place
        self.threshold = threshold
        self.range = range
    }

    public func feed(into digest: inout DigestBuilder) {
        digest.add(place.rawValue)
        digest.add(threshold)
        digest.add(range.start)
        digest.add(range.end)
    }
}
