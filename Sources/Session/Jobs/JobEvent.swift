public import WorkflowEngine
public import Workflows

/// Something that happens to a job, in the order it happens: what readers are told, here and over any wire.
public struct JobEvent: Sendable {
    /// Of the form that events have when they are written down. Raised when a reader of the older one would misunderstand; what it
    /// merely doesn't know, it can pass over.
    public static let version = 1

    /// Counted from 1 within the job, without gaps.
    public var sequence: UInt64
    /// Seconds since the session began.
    public var time: Double
    /// Seconds since 1970.
    public var date: Double
    public var job: JobID
    /// Which of the job's runs it is about, counted from 1; `nil` for a job of one run.
    public var run: Int?
    public var kind: Kind

    public init(sequence: UInt64, time: Double, date: Double, job: JobID, run: Int? = nil, kind: Kind) {
        (self.sequence, self.time, self.date, self.job, self.run, self.kind) = (sequence, time, date, job, run, kind)
    }

    public enum Kind: Sendable {
        /// It waits, behind so many others.
        case queued(ahead: Int)
        /// Its turn has come.
        case began
        /// One of several runs begins: which, of how many, and what it differs in from the others.
        case run(Int, of: Int, values: String)
        /// One of several runs can't begin, because the workflow has these problems with its values.
        case unresolved([Diagnostic])
        /// What happens in a run.
        case engine(RunEvent)
        /// The process that computed died.
        case workerDied(WorkerDeath, beginsAgain: Bool)
        /// A run has ended.
        case report(RunReport)
        /// The sheet of a sweep was written.
        case sheet(path: String)
        /// The job has ended: the last event.
        case ended(JobReport.End, message: String?)
        /// Something that a later version tells.
        case unknown(String)
    }
}

extension JobEvent.Kind {
    /// How long it matters to those who read.
    var retention: Retention {
        switch self {
        case .engine(let event): event.retention
        case .queued: .passing(topic: "queue place")
        case .began: .detail(ends: "queue place")
        case .run, .unknown: .detail()
        case .unresolved, .workerDied, .report, .sheet, .ended: .result()
        }
    }
}
