internal import Checkpoints
internal import Digests
internal import Networks
internal import Tensors

/// A control-LoRA completed to a ControlNet: the input half of the model that is sampled, with a low-rank change to its layers, and
/// the layers that a ControlNet has beside it.
///
/// `module.up` `[outputs, rank, …]` and `module.down` `[rank, inputs, …]` mean `weight + up · down`; what the file has as
/// `module.weight` or `module.bias` takes the place of the model's. Source: Stability AI's control-LoRAs, in ComfyUI's reading.
struct ControlLoRASource: TensorSource {
    private let file: any TensorSource
    private let base: any TensorSource
    /// Names of weights that get a change.
    private let changed: Set<String>
    let directory: [String: TensorInfo]

    /// Parts of a U-Net that a ControlNet copies.
    private static let copied = ["input_blocks.", "middle_block.", "time_embed.", "label_emb."]

    /// - Parameter base: the tensors of the model that is sampled, patches applied.
    /// - Throws: `NetworkError.wrongInput` when a change doesn't fit the model's layer.
    init(_ file: any TensorSource, base: any TensorSource) throws {
        (self.file, self.base) = (file, base)
        var directory = base.directory.filter { name, _ in Self.copied.contains { name.hasPrefix($0) } }
        var changed: Set<String> = []
        for (name, info) in file.directory where name.hasSuffix(".weight") || name.hasSuffix(".bias") { directory[name] = info }
        for (name, up) in file.directory where name.hasSuffix(".up") {
            let module = name.dropLast(3)
            let weight = module + ".weight"
            // A weight of the file's own is whole.
            guard file.directory[String(weight)] == nil else { continue }
            guard let down = file.directory[module + ".down"], let target = directory[String(weight)],
                up.shape.count >= 2, down.shape.count >= 2, up.shape[1...].reduce(1, *) == down.shape[0], down.shape[0] > 0,
                up.shape[0] == target.shape.first, up.shape[0] * down.shape[1...].reduce(1, *) == target.shape.reduce(1, *)
            else {
                throw NetworkError(
                    .wrongInput, in: file.displayName, tensor: name,
                    reason: "this control-LoRA changes a layer that the model hasn't, or has in another size",
                    hint: "a control-LoRA belongs to one family of models; this one and the model differ")
            }
            changed.insert(String(weight))
            directory[String(weight)]?.dtype = .float32
        }
        self.directory = directory
        self.changed = changed
    }

    var displayName: String { file.displayName }

    private func parts(_ name: String) -> (up: String, down: String) {
        let module = name.dropLast("weight".count)
        return (module + "up", module + "down")
    }

    func tensor(named name: String) throws -> Tensor {
        guard changed.contains(name) else {
            return try (file.directory[name] != nil ? file : base).tensor(named: name)
        }
        let weight = try base.tensor(named: name).float32()
        let names = parts(name)
        let (up, down) = (try file.tensor(named: names.up).float32(), try file.tensor(named: names.down).float32())
        let rank = down.shape[0]
        return weight + matrixProduct(up.reshaped([-1, rank]), down.reshaped([rank, -1])).reshaped(weight.shape)
    }

    func digest(of name: String) throws -> Digest {
        guard changed.contains(name) else { return try (file.directory[name] != nil ? file : base).digest(of: name) }
        var builder = DigestBuilder()
        builder.add("control-LoRA")
        builder.add(try base.digest(of: name))
        builder.add(try file.digest(of: parts(name).up))
        builder.add(try file.digest(of: parts(name).down))
        return builder.finish()
    }

    func contentDigest() throws -> Digest {
        var builder = DigestBuilder()
        builder.add("control-LoRA")
        builder.add(try file.contentDigest())
        builder.add(try base.contentDigest())
        return builder.finish()
    }

    func releasePages(of name: String) {
        if file.directory[name] == nil, !changed.contains(name) { base.releasePages(of: name) }
    }
}
