public import Descriptions
internal import Glibc
internal import Samplers
internal import Tensors

/// Guidance that differs from item to item of a batch: made for video models, whose items are frames.
public struct BatchGuidance: GuidancePatch {
    public enum Course: String, Sendable {
        /// Rises evenly from the first item to the last.
        case linear
        /// Rises to the middle and falls again.
        case triangle
    }
    public var course: Course
    /// Where the course begins; it reaches the sampler's cfg.
    public var lowest: Float

    public init(_ course: Course, lowest: Float) {
        self.course = course
        self.lowest = lowest
    }

    public static var blank: BatchGuidance { BatchGuidance(.linear, lowest: 0) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("BatchGuidance"))
        try visitor.visit(choice: "course", &course)
        try visitor.visit("lowest", &lowest)
    }

    public func hooks() -> GuidanceHooks {
        GuidanceHooks(cfg: { step in
            let scales = scales(count: step.x.shape[0], cfg: step.cfg)
            let difference = step.conditional - step.unconditional
            return step.unconditional + difference.mapItems { item, value in value * scales[item] }
        })
    }

    func scales(count: Int, cfg: Float) -> [Float] {
        switch course {
        case .linear: linspace(lowest, cfg, count)
        case .triangle:
            linspace(0, 1, count).map { place in 2 * abs(place - floorf(place + 0.5)) * (cfg - lowest) + lowest }
        }
    }
}
