internal import Checkpoints
internal import Digests
internal import Tensors

/// Differences with the weights they were taken from added again, where the base has a tensor of that name.
struct SummedSource: TensorSource {
    let differences: any TensorSource
    let base: any TensorSource
    let directory: [String: TensorInfo]

    init(_ differences: any TensorSource, added base: any TensorSource) {
        (self.differences, self.base) = (differences, base)
        directory = differences.directory
    }

    var displayName: String { differences.displayName }

    private func isSum(_ name: String) -> Bool {
        guard let own = directory[name], let other = base.directory[name] else { return false }
        return own.shape == other.shape && own.dtype.isFloatingPoint && other.dtype.isFloatingPoint
    }

    func tensor(named name: String) throws -> Tensor {
        let difference = try differences.tensor(named: name)
        guard isSum(name) else { return difference }
        return difference.float32() + (try base.tensor(named: name)).float32()
    }

    func digest(of name: String) throws -> Digest {
        guard isSum(name) else { return try differences.digest(of: name) }
        var builder = DigestBuilder()
        builder.add("sum")
        builder.add(try differences.digest(of: name))
        builder.add(try base.digest(of: name))
        return builder.finish()
    }

    func contentDigest() throws -> Digest {
        var builder = DigestBuilder()
        builder.add("sum")
        builder.add(try differences.contentDigest())
        builder.add(try base.contentDigest())
        return builder.finish()
    }
}
