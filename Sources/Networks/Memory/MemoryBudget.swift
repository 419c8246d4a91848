internal import Foundation
internal import Glibc
internal import Synchronization
internal import Tensors

/// How much memory this process may take: the program, weights, activations and results together.
///
/// It decides how things are computed, never what: packed weights that nobody uses now are dropped, blocks that were freed go back to
/// the system, pictures are encoded and decoded in bands that are spilled to a file, weights that don't fit are read again whenever they
/// are needed, with the same bits. Every network keeps within it or says how much it needs.
public enum MemoryBudget {
    /// Bytes; three quarters of what this process may have unless somebody sets another.
    public static var limit: Int {
        get { state.withLock { $0 } ?? available / 4 * 3 }
        set {
            state.withLock { $0 = max(newValue, 0) }
            // Sampling needs about a tenth of its weights for activations; the rest may be weights.
            WeightStore.shared.budget = newValue / 10 * 9
            TensorMemory.setKeptLimit(min(1 << 30, newValue / 8))
            TensorMemory.setTotalLimit(newValue - overhead)
        }
    }

    /// What the process takes beside tensors: the program with its libraries and tables, the heap of small things, and the working
    /// memory of its threads.
    static var overhead: Int { (64 + ComputeThreads.count * 4) << 20 }

    private static let state = Mutex<Int?>(nil)

    /// Bytes of memory of this machine, or of the container this process runs in.
    public static let available: Int = {
        let machine = max(sysconf(Int32(_SC_PHYS_PAGES)), 1) * max(sysconf(Int32(_SC_PAGESIZE)), 4096)
        let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"].compactMap { path in
            (try? String(contentsOfFile: path, encoding: .utf8)).flatMap {
                Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
            }
        }
        return limits.reduce(machine) { min($0, max($1, 1)) }
    }()
}
