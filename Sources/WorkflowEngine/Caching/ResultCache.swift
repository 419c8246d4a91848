public import Digests
internal import Synchronization

/// What earlier computations gave: records by key, contents by digest, in memory and, if wanted, on disk.
///
/// An optimisation only: losing any part of it at any time changes no result. Shared by all runs of a process.
public final class ResultCache: Sendable {
    /// The disk tier, if there is one.
    public let disk: DiskCache?
    private let state: Mutex<State>

    private struct State {
        var contents: MemoryTier
        var records: [Digest: ResultRecord] = [:]
        var histories: [String: RunHistory] = [:]
        var recordLimit: Int
    }

    /// Where a content is.
    public enum Place: String, Sendable, CaseIterable, Codable { case memory, disk }

    /// - Parameters:
    ///   - memoryBudget: bytes of values to keep beyond their use; 0 keeps nothing. A single run gains little from it;
    ///     an edit loop or a sweep does.
    ///   - disk: the tier that survives the process.
    public init(memoryBudget: Int = 256 << 20, disk: DiskCache? = nil) {
        self.disk = disk
        state = Mutex(State(contents: MemoryTier(budget: max(0, memoryBudget)), recordLimit: memoryBudget > 0 ? 500_000 : 0))
    }

    /// Bytes of the values in the memory tier.
    public var memoryBytes: Int { state.withLock { $0.contents.bytes } }

    // MARK: Records

    /// The record of a key.
    public func record(_ key: Digest) -> ResultRecord? {
        if let known = state.withLock({ $0.records[key] }) { return known }
        guard let found = disk?.record(key) else { return nil }
        remember(found)
        return found
    }

    private func remember(_ record: ResultRecord) {
        state.withLock { state in
            guard state.recordLimit > 0 else { return }
            // Records are some hundred bytes; forgetting all of them now and then is the cheapest bound.
            if state.records.count >= state.recordLimit { state.records.removeAll() }
            state.records[record.key] = record
        }
    }

    /// Keeps a result. The disk tier writes in the background; `flush` waits for it.
    func store(_ record: ResultRecord, values: [[any WorkflowValue]], library: any NodeLibrary) {
        remember(record)
        state.withLock { state in
            for (stubs, values) in zip(record.outputs, values) {
                for (stub, value) in zip(stubs, values) where stub.inline == nil {
                    state.contents.insert(value, digest: stub.digest)
                }
            }
        }
        disk?.store(record, values: values, library: library)
    }

    /// Forgets a record whose files are gone.
    func forget(_ key: Digest) {
        state.withLock { $0.records[key] = nil }
    }

    /// Waits until everything stored so far is on disk.
    public func flush() { disk?.flush() }

    // MARK: Contents

    /// A value by its digest, `nil` when no tier has it any more.
    func content(_ stub: ContentStub, library: any NodeLibrary) -> (value: any WorkflowValue, place: Place)? {
        if let inline = stub.inline { return (inline.value, .memory) }
        if let value = state.withLock({ $0.contents.value(stub.digest) }) { return (value, .memory) }
        guard let disk, let codec = library.codec(for: stub.typeName), let value = disk.content(stub, codec: codec) else {
            return nil
        }
        state.withLock { $0.contents.insert(value, digest: stub.digest) }
        return (value, .disk)
    }

    /// Where a value could be had, without loading it.
    func place(of stub: ContentStub) -> Place? {
        if stub.inline != nil { return .memory }
        if state.withLock({ $0.contents.contains(stub.digest) }) { return .memory }
        return disk?.hasContent(stub.digest) == true ? .disk : nil
    }

    /// Drops values from memory, keeps records: what eviction does, on demand.
    public func dropMemoryContents() { state.withLock { $0.contents.removeAll() } }

    // MARK: Histories

    /// What the last run of a workflow saw, for saying why a node runs.
    func history(of workflow: String) -> RunHistory {
        if let known = state.withLock({ $0.histories[workflow] }) { return known }
        let found = disk?.history(of: workflow) ?? RunHistory()
        state.withLock { $0.histories[workflow] = found }
        return found
    }

    func setHistory(_ history: RunHistory, of workflow: String) {
        state.withLock { state in
            if state.histories.count > 1000 { state.histories.removeAll() }
            state.histories[workflow] = history
        }
        disk?.setHistory(history, of: workflow)
    }

    // MARK: Resuming

    /// - Parameter ignoresEarlier: what an interrupted run left isn't taken, only replaced.
    func resumePoint(_ key: Digest, index: Int, interval: Double, ignoresEarlier: Bool) -> ResumePoint? {
        interval > 0 ? disk?.resumePoint(key, index: index, interval: interval, ignoresEarlier: ignoresEarlier) : nil
    }

    func dropResumePoints(_ key: Digest) { disk?.dropResumePoints(key) }
}
