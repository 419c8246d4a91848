internal import Glibc
internal import Synchronization

/// One end of a socket pair: frames go out whole, whoever sends them, and come in one after another.
///
/// Closed with the last reference.
final class FrameChannel: Sendable {
    let descriptor: Int32
    private let limits: Frame.Limits
    private let sending = Mutex<Void>(())

    init(descriptor: Int32, limits: Frame.Limits = Frame.Limits()) {
        self.descriptor = descriptor
        self.limits = limits
    }

    deinit { close(descriptor) }

    /// Two ends that are connected; neither is inherited by processes that somebody else starts.
    static func pair() throws(FrameError) -> (FrameChannel, FrameChannel) {
        let (one, other) = try descriptors()
        return (FrameChannel(descriptor: one), FrameChannel(descriptor: other))
    }

    /// The same as bare descriptors, which the caller closes.
    static func descriptors() throws(FrameError) -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else { throw .system(errno) }
        return (ends[0], ends[1])
    }

    /// Sends a frame; waits while the other side is slow to read.
    func send(_ frame: Frame) throws(FrameError) {
        let bytes = try frame.bytes(limits: limits)
        try sending.withLock { _ throws(FrameError) in
            var sent = 0
            while sent < bytes.count {
                // No signal when the other side is gone: an error tells.
                let count = bytes.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
                }
                if count > 0 {
                    sent += count
                } else if errno == EPIPE || errno == ECONNRESET {
                    throw .closed
                } else if errno != EINTR {
                    throw .system(errno)
                }
            }
        }
    }

    /// The next frame.
    ///
    /// - Parameters:
    ///   - patience: seconds without a single byte after which to give up; `nil` waits for ever.
    ///   - beside: another descriptor that is looked at meanwhile, and what to do when there is something to read from it.
    func receive(patience: Double? = nil, beside: (descriptor: Int32, read: () -> Bool)? = nil) throws(FrameError) -> Frame {
        var waiting = Waiting(patience: patience, beside: beside)
        let prefix = try read(Frame.prefixBytes, &waiting, mayEnd: true)
        let (header, body) = try Frame.lengths(prefix, limits: limits)
        return Frame(header: try read(header, &waiting), body: try read(body, &waiting))
    }

    private struct Waiting {
        var patience: Double?
        var beside: (descriptor: Int32, read: () -> Bool)?
    }

    /// Exactly so many bytes. Memory is taken as they come, not as they are promised.
    private func read(_ count: Int, _ waiting: inout Waiting, mayEnd: Bool = false) throws(FrameError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(count, 1 << 16))
        while bytes.count < count {
            try wait(&waiting)
            let wanted = min(chunk.count, count - bytes.count)
            let got = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, wanted, Int32(MSG_DONTWAIT)) }
            if got > 0 {
                bytes.append(contentsOf: chunk[..<got])
            } else if got == 0 || errno == ECONNRESET {
                throw mayEnd && bytes.isEmpty ? .closed : .cut
            } else if errno != EINTR && errno != EAGAIN {
                throw .system(errno)
            }
        }
        return bytes
    }

    /// Waits until there is something to read.
    private func wait(_ waiting: inout Waiting) throws(FrameError) {
        // In slices, so that a process that was stopped and goes on doesn't take its own pause for the other side's.
        let slices = 10
        var silent = 0
        while true {
            var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
            if let beside = waiting.beside { descriptors.append(pollfd(fd: beside.descriptor, events: Int16(POLLIN), revents: 0)) }
            let timeout = waiting.patience.map { Int32(max(1, min($0 * 1000 / Double(slices), 1e9))) } ?? -1
            let ready = poll(&descriptors, nfds_t(descriptors.count), timeout)
            if ready < 0 {
                if errno == EINTR { continue }
                throw .system(errno)
            }
            if ready == 0 {
                silent += 1
                if silent >= slices { throw .silent(waiting.patience ?? 0) }
                continue
            }
            if descriptors.count > 1, descriptors[1].revents != 0, let beside = waiting.beside, !beside.read() { waiting.beside = nil }
            if descriptors[0].revents != 0 { return }
        }
    }
}
