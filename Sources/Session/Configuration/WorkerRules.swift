/// How a session keeps a process that computes for it.
public struct WorkerRules: Sendable {
    /// The program to start, and what to call it with; the number of the process that starts it follows.
    public var program: String
    public var arguments: [String]
    /// How often a run is begun again in a new process when its process died in the middle. One that had computed nothing yet is begun
    /// again once in any case.
    public var retries = 0
    /// Seconds without any sign of life before a process counts as stuck and is ended.
    public var patience = 60.0
    /// Seconds before a new process is started when the last one died without having finished anything: doubled each time, up to the
    /// second number.
    public var pause: (first: Double, most: Double) = (0.05, 5)
    /// Processes in a row that may die without having said anything before a run is given up.
    public var failedStarts = 4

    public init(program: String, arguments: [String] = ["worker"]) { (self.program, self.arguments) = (program, arguments) }
}
