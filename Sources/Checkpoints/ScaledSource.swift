public import Digests
public import Tensors

/// Eight-bit weights with a factor each (`x.weight` beside `x.scale_weight`), multiplied out when they are read.
///
/// Source: the "scaled fp8" files of ComfyUI's model repackagings, marked by a `scaled_fp8` tensor.
public struct ScaledSource: TensorSource {
    public let base: any TensorSource
    public let directory: [String: TensorInfo]

    /// Whether a source has such weights.
    static func recognises(_ source: any TensorSource) -> Bool { source.directory["scaled_fp8"] != nil }

    public init(_ base: any TensorSource) {
        self.base = base
        let stored = base.directory
        directory = stored.filter { name, _ in
            name != "scaled_fp8" && !name.hasSuffix(".scale_weight") && !name.hasSuffix(".scale_input")
        }.reduce(into: [:]) { result, entry in
            var info = entry.value
            if Self.scale(of: entry.key, in: stored) != nil { info.dtype = .float32 }
            result[entry.key] = info
        }
    }

    private static func scale(of name: String, in directory: [String: TensorInfo]) -> String? {
        guard name.hasSuffix(".weight") else { return nil }
        let scale = String(name.dropLast("weight".count)) + "scale_weight"
        return directory[scale]?.shape.allSatisfy { $0 == 1 } ?? false ? scale : nil
    }

    public func tensor(named name: String) throws -> Tensor {
        guard directory[name] != nil else { throw missingTensor(name) }
        let tensor = try base.tensor(named: name)
        guard let scale = Self.scale(of: name, in: base.directory) else { return tensor }
        let factor = try base.tensor(named: scale).float32().scalar
        let values = tensor.float32()
        return Tensor(shape: values.shape) { out in
            values.withFloats { x in for index in 0..<out.count { out[index] = x[index] * factor } }
        }
    }

    public func digest(of name: String) throws -> Digest {
        let digest = try base.digest(of: name)
        guard let scale = Self.scale(of: name, in: base.directory) else { return digest }
        var builder = DigestBuilder()
        builder.add("scaled")
        builder.add(digest)
        builder.add(try base.digest(of: scale))
        return builder.finish()
    }

    public var displayName: String { base.displayName }
    public func contentDigest() throws -> Digest { try base.contentDigest() }
    public func releasePages(of name: String) { base.releasePages(of: name) }
}
