/// Why a node runs instead of being reused: found by comparing with the last run of the same workflow.
public enum RunReason: Sendable, Hashable {
    /// This node of this workflow never ran before.
    case firstTime
    /// A literal, a setting or a link was changed; old and new as short texts.
    case inputChanged(name: String, old: String, new: String)
    /// What comes from that node is different.
    case upstreamChanged(node: String)
    /// The content of a file is different.
    case fileChanged(path: String)
    /// The node's type, its version or the program's numerics changed.
    case versionChanged
    /// Nothing changed, but the result is not stored, or no longer (conditioning with a ControlNet holds a model and never is).
    case evicted
    /// Nothing changed, but values of this kind aren't stored and that node needs it.
    case neededAgain(by: String)
    /// A file it wrote is gone or was changed since.
    case outputMissing(path: String)
    /// Somebody asked for it.
    case forced
    /// Its result depends on something that no key can hold.
    case alwaysRuns

    /// A short word for machines.
    public var name: String {
        switch self {
        case .firstTime: "first-time"
        case .inputChanged: "input-changed"
        case .upstreamChanged: "upstream-changed"
        case .fileChanged: "file-changed"
        case .versionChanged: "version-changed"
        case .evicted: "evicted"
        case .neededAgain: "needed-again"
        case .outputMissing: "output-missing"
        case .forced: "forced"
        case .alwaysRuns: "always-runs"
        }
    }
}

extension RunReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .firstTime: "first time"
        case .inputChanged(let name, let old, let new): "\(name) changed from \(old) to \(new)"
        case .upstreamChanged(let node): "what comes from \(node) changed"
        case .fileChanged(let path): "\(path) changed"
        case .versionChanged: "the node or the program has another version"
        case .evicted: "its result is not stored"
        case .neededAgain(let node): "\(node) needs it"
        case .outputMissing(let path): "\(path) is gone or was changed"
        case .forced: "forced"
        case .alwaysRuns: "always runs"
        }
    }
}
