internal import CTensorKernels

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
        /// Nobody's memory: stands for what a tensor would have of its own.
        case rehearsed(any AnyObject & Sendable)
    }

    /// Fresh memory with undefined content, from blocks that earlier tensors gave back where there are any. Without memory the
    /// process ends (`MemoryShortage`).
    init(byteCount: Int) {
        start = dk_demand(byteCount, "a tensor")
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

    /// Looks at memory that stands for a tensor's own while a network is rehearsed; nobody writes to it.
    init(rehearsing bytes: UnsafeRawBufferPointer, keptAliveBy owner: any AnyObject & Sendable) {
        start = UnsafeMutableRawPointer(mutating: bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped)
        byteCount = bytes.count
        self.owner = .rehearsed(owner)
    }

    /// Whether the memory is a tensor's own, not that of a file.
    var isAllocated: Bool { if case .borrowed = owner { false } else { true } }

    deinit {
        if case .allocated = owner { dk_free(start, byteCount) }
    }
}
