internal import Digests

/// The tier of the result cache that survives the process.
public final class DiskCache: Sendable {
    func record(_ key: Digest) -> ResultRecord? { nil }
    func store(_ record: ResultRecord, values: [[any WorkflowValue]], library: any NodeLibrary) {}
    func flush() {}
    func content(_ stub: ContentStub, codec: any ValueCodec) -> (any WorkflowValue)? { nil }
    func hasContent(_ digest: Digest) -> Bool { false }
    func history(of workflow: String) -> RunHistory? { nil }
    func setHistory(_ history: RunHistory, of workflow: String) {}
}
extension ResultCache {
    func resumePoint(_ key: Digest, index: Int, interval: Double) -> ResumePoint? { nil }
    func dropResumePoints(_ key: Digest) {}
}
