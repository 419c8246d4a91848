internal import Glibc

/// A thread that isn't one of Swift's cooperative ones: it may block as long as it likes.
public enum PlainThread {
    private final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Nodes may recurse over what they parse; more than the usual 8 MB is made sure of.
    private static let stackBytes = 16 << 20

    /// Runs `body` on a thread of its own, which ends with it.
    ///
    /// - Returns: 0, or the system's error number; `body` isn't run then.
    public static func start(_ body: @escaping @Sendable () -> Void) -> Int32 {
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        pthread_attr_init(attributes)
        defer {
            pthread_attr_destroy(attributes)
            attributes.deallocate()
        }
        pthread_attr_setstacksize(attributes, stackBytes)
        pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
        let box = Unmanaged.passRetained(Box(body))
        var thread: pthread_t = 0
        let status = pthread_create(
            &thread, attributes,
            { raw in
                // Safe: `raw` is the box retained above, handed over exactly once.
                guard let raw else { return nil }
                Unmanaged<Box>.fromOpaque(raw).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        if status != 0 { box.release() }
        return status
    }
}
