public import Descriptions
internal import Tensors

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

    public static var blank: StepCaching { StepCaching(place: .network, threshold: 0, range: .whole) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        try visitor.visit(choice: "place", &place)
        try visitor.visit("threshold", &threshold)
        try visitor.visit(part: "range", &range)
    }
}
