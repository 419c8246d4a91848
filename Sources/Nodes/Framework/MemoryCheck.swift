internal import Diffusion
internal import Networks

/// Refuses a tensor that alone is more than the memory budget, before anything is allocated for it.
///
/// Sizes come from workflows; without this a typing mistake would end the process instead of the node.
func checkMemory(for shape: [Int]) throws(NodeError) {
    var bytes = 4
    var overflowed = false
    for size in shape {
        let (product, overflow) = bytes.multipliedReportingOverflow(by: max(size, 0))
        (bytes, overflowed) = (product, overflowed || overflow)
    }
    let memory = MemoryBudget.limit
    guard overflowed || bytes > memory else { return }
    let size = shape.map(String.init).joined(separator: " × ")
    throw NodeError(
        .badValue, "\(size) numbers don't fit into the \(memory >> 20) MiB of memory that this run may take",
        hint: "use a smaller size or batch, or allow more with --memory")
}
