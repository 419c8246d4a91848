import Glibc

/// Bytes that one or more tensors look at, and what keeps them alive.
///
/// Immutable once a tensor has been made from it, hence safe to share.
public final class TensorStorage: @unchecked Sendable {
    /// First byte; aligned to 64 when the storage is our own.
    let start: UnsafeMutableRawPointer
    public let byteCount: Int
    private let owner: Owner

    private enum Owner {
        case allocated
        /// Memory of somebody else, a mapped file for one, that lives as long as this reference.
        case borrowed(any AnyObject & Sendable)
    }

    /// Fresh memory with undefined content.
    init(byteCount: Int) {
        var pointer: UnsafeMutableRawPointer?
        guard posix_memalign(&pointer, 64, max(byteCount, 64)) == 0, let pointer else {
            fatalError("out of memory: \(byteCount) bytes for a tensor")
        }
        start = pointer
        self.byteCount = byteCount
        owner = .allocated
    }

    /// Looks at memory that `owner` keeps valid and unchanged.
    public init(borrowing bytes: UnsafeRawBufferPointer, keptAliveBy owner: any AnyObject & Sendable) {
        // Safe: a tensor never writes to storage that it didn't allocate.
        start = UnsafeMutableRawPointer(mutating: bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped)
        byteCount = bytes.count
        self.owner = .borrowed(owner)
    }

    deinit {
        if case .allocated = owner { free(start) }
    }
}
