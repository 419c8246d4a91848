/// How the channels of an attention layer are cut into heads.
public enum AttentionHeads: Sendable, Hashable {
    /// So many heads, whatever the width.
    case count(Int)
    /// Heads of so many channels.
    case channels(Int)

    /// Heads of a layer with that many channels.
    public func of(channels: Int) -> Int {
        switch self {
        case .count(let count): count
        case .channels(let size): max(1, channels / size)
        }
    }
}
