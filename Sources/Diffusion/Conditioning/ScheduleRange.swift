/// A part of a sampling run, in shares of the schedule: 0 is its beginning, 1 its end.
///
/// `start` may lie behind `end`, as workflows have it: such a range is never active.
public struct ScheduleRange: Sendable, Hashable {
    public var start: Double
    public var end: Double

    public init(start: Double, end: Double) {
        self.start = start
        self.end = end
    }

    public static let whole = ScheduleRange(start: 0, end: 1)
}
