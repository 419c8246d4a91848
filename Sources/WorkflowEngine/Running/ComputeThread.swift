internal import Glibc

/// Runs a closure on a thread of its own: computing blocks, and must not block Swift's cooperative threads.
enum ComputeThread {
    private final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Nodes may recurse over what they parse; the default of 8 MB is made sure of.
    private static let stackBytes = 16 << 20

    static func start(_ body: @escaping @Sendable () -> Void) {
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
                // Safe: `raw` is the box retained below, handed over exactly once.
                guard let raw else { return nil }
                Unmanaged<Box>.fromOpaque(raw).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        if status != 0 {
            // No thread to be had: better slow than never.
            box.takeRetainedValue().body()
        }
    }
}
