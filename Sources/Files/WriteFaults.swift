internal import Synchronization
package import SystemPackage

/// Makes the n-th change to the files of a folder fail, so that tests can see what is left then. Nothing else sets it.
///
/// Counted are the calls that change something: making a file or folder, writing, syncing, renaming. All that come after the one that
/// fails, fail as well: a disk that is full stays full.
package enum WriteFaults {
    private struct Plan {
        var folder: String
        /// How many may still succeed.
        var left: Int
        var error: Errno
    }

    private static let plans = Mutex<[Plan]>([])
    private static let isActive = Atomic<Bool>(false)

    /// Lets `count` changes below `folder` succeed, and no more until `end`.
    package static func begin(after count: Int, below folder: String, error: Errno = .noSpace) {
        plans.withLock { $0.append(Plan(folder: folder, left: count, error: error)) }
        isActive.store(true, ordering: .releasing)
    }

    /// - Returns: whether a change was made to fail.
    @discardableResult
    package static func end(below folder: String) -> Bool {
        plans.withLock { plans in
            let hit = plans.contains { $0.folder == folder && $0.left < 0 }
            plans.removeAll { $0.folder == folder }
            isActive.store(!plans.isEmpty, ordering: .releasing)
            return hit
        }
    }

    /// The error that a change to `path` is to end with; one atomic load where no test is at it.
    static func fault(_ path: String) -> Errno? {
        guard isActive.load(ordering: .acquiring) else { return nil }
        return plans.withLock { plans in
            guard let index = plans.firstIndex(where: { path.hasPrefix($0.folder) }) else { return nil }
            if plans[index].left >= 0 { plans[index].left -= 1 }
            return plans[index].left < 0 ? plans[index].error : nil
        }
    }

    static func pass(_ path: String) throws(Errno) {
        if let fault = fault(path) { throw fault }
    }
}
