internal import Glibc
internal import Problems

/// One message between a session and its worker: a header in JSON and bytes that belong to it.
///
/// ```
/// "DKW1"  length of the header  length of the body  header  body
/// 4 bytes u32, little-endian    u32, little-endian
/// ```
struct Frame: Sendable, Equatable {
    var header: [UInt8]
    var body: [UInt8] = []

    static let mark = Array("DKW1".utf8)
    static let prefixBytes = 12

    /// Most bytes of a header and of a body. What is longer is no message of ours.
    struct Limits: Sendable {
        var header = 64 << 20
        var body = 512 << 20
    }

    /// The frame as it travels.
    ///
    /// - Throws: `FrameError.tooLong`: nothing is sent that the other side would refuse.
    func bytes(limits: Limits = Limits()) throws(FrameError) -> [UInt8] {
        guard header.count <= limits.header else { throw .tooLong(header.count, limit: limits.header) }
        guard body.count <= limits.body else { throw .tooLong(body.count, limit: limits.body) }
        var bytes = Self.mark
        bytes.reserveCapacity(Self.prefixBytes + header.count + body.count)
        for count in [header.count, body.count] {
            for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        }
        return bytes + header + body
    }

    /// The lengths that a prefix tells, checked before memory is taken.
    static func lengths(_ prefix: [UInt8], limits: Limits = Limits()) throws(FrameError) -> (header: Int, body: Int) {
        guard prefix.count == prefixBytes, Array(prefix.prefix(4)) == mark else { throw .foreign }
        func number(_ start: Int) -> Int { (0..<4).reduce(0) { $0 | Int(prefix[start + $1]) << (8 * $1) } }
        let (header, body) = (number(4), number(8))
        guard header <= limits.header else { throw .tooLong(header, limit: limits.header) }
        guard body <= limits.body else { throw .tooLong(body, limit: limits.body) }
        return (header, body)
    }
}

/// Why there is no further message.
enum FrameError: Problem, Equatable {
    /// The other side has closed the channel, between two messages.
    case closed
    /// It has closed the channel within a message.
    case cut
    /// What came doesn't begin as a message does.
    case foreign
    case tooLong(Int, limit: Int)
    /// Nothing came for so many seconds.
    case silent(Double)
    /// The system's error number.
    case system(Int32)
    /// A message that makes no sense.
    case nonsense(String)

    enum Code: String, ProblemCode {
        case broken = "worker-channel-broken"

        var category: ProblemCategory { .failed }
        var meaning: String { "The process that computes can't be spoken with." }
        var hint: String { "Run it again." }
    }

    var code: Code { .broken }

    var reason: String {
        switch self {
        case .closed: "the channel was closed"
        case .cut: "the channel was closed within a message"
        case .foreign: "what came is no message"
        case .tooLong(let count, let limit): "a message says it has \(count) bytes; \(limit) are the limit"
        case .silent(let seconds): "no sign of life for \(Int(seconds)) s"
        case .system(let number): String(cString: strerror(number))
        case .nonsense(let text): "a message makes no sense: \(text)"
        }
    }
}
