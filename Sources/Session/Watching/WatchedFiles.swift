internal import Glibc

/// Files and folders, and how they were when somebody last looked.
public struct WatchedFiles: Sendable {
    private var states: [String: State?]

    private struct State: Equatable, Sendable {
        var inode: UInt64, size: Int64, seconds: Int64, nanoseconds: Int64
    }

    public init(_ paths: Set<String>) { states = Dictionary(uniqueKeysWithValues: paths.map { ($0, Self.state($0)) }) }

    /// How many there are.
    public var count: Int { states.values.count { $0 != nil } }

    /// Whether any of them is different now; one that is away for a moment doesn't count.
    public var haveChanged: Bool {
        states.contains { path, old in
            guard let now = Self.state(path) else { return false }
            return now != old
        }
    }

    /// Takes the present state for the known one.
    public mutating func look() {
        for path in states.keys {
            // What is away keeps its last state, so that it counts only if it comes back as another one.
            if let now = Self.state(path) { states[path] = .some(now) }
        }
    }

    /// Watches these from now on; how those were that are watched already is still known.
    ///
    /// - Parameter keepingOthers: the list may be too short, because a file could not be understood.
    public mutating func watch(_ paths: Set<String>, keepingOthers: Bool) {
        if !keepingOthers { states = states.filter { paths.contains($0.key) } }
        for path in paths where states[path] == nil { states[path] = .some(Self.state(path)) }
    }

    /// Waits for a change. Looking costs microseconds, and a person doesn't notice the fifth of a second that lies between two looks.
    ///
    /// - Parameter isStopped: asked as often.
    /// - Returns: false when it was stopped, or its task cancelled, before anything changed.
    public func waitForChange(unless isStopped: @Sendable () -> Bool = { false }) async -> Bool {
        while !isStopped(), !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(200))
            if !isStopped(), !Task.isCancelled, haveChanged { return true }
        }
        return false
    }

    /// Waits until nothing has changed for a tenth of a second: editors save in several steps, and several files at a time. What
    /// goes on changing (a model that is being copied) is looked at after two seconds all the same.
    public func waitForRest() async {
        var files = self
        for _ in 0..<20 {
            files.look()
            try? await Task.sleep(for: .milliseconds(100))
            if !files.haveChanged { return }
        }
    }

    private static func state(_ path: String) -> State? {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        return State(
            inode: UInt64(info.st_ino), size: Int64(info.st_size), seconds: Int64(info.st_mtim.tv_sec),
            nanoseconds: Int64(info.st_mtim.tv_nsec))
    }
}
