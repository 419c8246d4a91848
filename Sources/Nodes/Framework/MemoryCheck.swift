internal import Glibc

/// Refuses a tensor that the machine's memory can't hold, before anything is allocated for it.
///
/// Sizes come from workflows; without this a typing mistake would end the process instead of the node.
func checkMemory(for shape: [Int]) throws(NodeError) {
    var bytes = 4
    var overflowed = false
    for size in shape {
        let (product, overflow) = bytes.multipliedReportingOverflow(by: max(size, 0))
        (bytes, overflowed) = (product, overflowed || overflow)
    }
    let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    guard overflowed || bytes > memory else { return }
    let size = shape.map(String.init).joined(separator: " × ")
    throw NodeError(
        .badValue, "\(size) numbers don't fit into this machine's memory of \(memory >> 30) GiB",
        hint: "use a smaller size or batch")
}
