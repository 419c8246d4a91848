internal import Checkpoints
internal import Digests
internal import Tensors

/// What one tensor of a LoRA file is to its module.
enum AdapterPart: String, Sendable, CaseIterable {
    case up, down, mid, alpha, doraScale
    case hadamard1a, hadamard1b, hadamard2a, hadamard2b, hadamardCore1, hadamardCore2
    case kronecker1, kronecker1a, kronecker1b, kronecker2, kronecker2a, kronecker2b, kroneckerCore
    case gated1a, gated2a, gated1b, gated2b
    case orthogonalBlocks, rescale
    case difference, biasDifference, normWeight, normBias, replacement

    /// How the trainers spell it behind the module's name. Longer endings before those that they contain.
    static let endings: [(String, AdapterPart)] = [
        ("_lora.up.weight", .up), ("_lora.down.weight", .down),
        (".lora_linear_layer.up.weight", .up), (".lora_linear_layer.down.weight", .down),
        (".lora_up.weight", .up), (".lora_down.weight", .down), (".lora_mid.weight", .mid),
        (".lora.up.weight", .up), (".lora.down.weight", .down),
        (".lora_B.default.weight", .up), (".lora_A.default.weight", .down),
        (".lora_B.weight", .up), (".lora_A.weight", .down), (".lora_B", .up), (".lora_A", .down),
        (".alpha", .alpha), (".dora_scale", .doraScale),
        (".hada_w1_a", .hadamard1a), (".hada_w1_b", .hadamard1b), (".hada_w2_a", .hadamard2a), (".hada_w2_b", .hadamard2b),
        (".hada_t1", .hadamardCore1), (".hada_t2", .hadamardCore2),
        (".lokr_w1_a", .kronecker1a), (".lokr_w1_b", .kronecker1b), (".lokr_w2_a", .kronecker2a), (".lokr_w2_b", .kronecker2b),
        (".lokr_w1", .kronecker1), (".lokr_w2", .kronecker2), (".lokr_t2", .kroneckerCore),
        (".a1.weight", .gated1a), (".a2.weight", .gated2a), (".b1.weight", .gated1b), (".b2.weight", .gated2b),
        (".oft_blocks", .orthogonalBlocks), (".rescale", .rescale),
        (".diff_b", .biasDifference), (".diff", .difference), (".w_norm", .normWeight), (".b_norm", .normBias),
        (".set_weight", .replacement),
    ]

    /// A tensor's name as the module it belongs to and what it is to it; `nil` for endings that no trainer writes.
    static func split(_ name: String) -> (module: String, part: AdapterPart)? {
        if let (ending, part) = endings.first(where: { name.hasSuffix($0.0) }) { return (String(name.dropLast(ending.count)), part) }
        // PEFT names every adapter; most are called "default".
        guard let rest = name.droppingSuffix(".weight"), let dot = rest.lastIndex(of: ".") else { return nil }
        let inner = rest[..<dot]
        for (ending, part) in [(".lora_B", AdapterPart.up), (".lora_A", .down)] where inner.hasSuffix(ending) {
            return (String(inner.dropLast(ending.count)), part)
        }
        return nil
    }
}

extension String {
    fileprivate func droppingSuffix(_ suffix: String) -> Substring? { hasSuffix(suffix) ? dropLast(suffix.count) : nil }
}

/// The tensors of a LoRA file that belong to one layer of the network.
struct AdapterModule: Sendable {
    let source: any TensorSource
    /// Full names in the file.
    var names: [AdapterPart: String] = [:]

    func has(_ part: AdapterPart) -> Bool { names[part] != nil }

    /// Shape of a part with elements; `nil` if it is absent.
    func shape(_ part: AdapterPart) -> [Int]? {
        guard let name = names[part], let info = source.directory[name], info.dtype.isFloatingPoint else { return nil }
        return info.shape
    }

    /// Shape of a matrix of at least one row and column, whatever follows them.
    func matrixShape(_ part: AdapterPart) -> (rows: Int, columns: Int)? {
        guard let shape = shape(part), shape.count >= 2, shape.allSatisfy({ $0 > 0 }) else { return nil }
        return (shape[0], shape[1...].reduce(1, *))
    }

    func floats(_ part: AdapterPart) throws -> Tensor {
        guard let name = names[part] else {
            throw CheckpointError(.missingTensor, file: source.displayName, tensor: part.rawValue, reason: "this part isn't there")
        }
        return try source.tensor(named: name).float32()
    }

    /// A part as a matrix: its first size is kept, the others are joined.
    func matrix(_ part: AdapterPart) throws -> Tensor {
        let tensor = try floats(part)
        return tensor.reshaped([tensor.shape[0], -1])
    }

    /// `alpha / rank`, 1 without an alpha.
    func factor(rank: Int) throws -> Float {
        guard let shape = shape(.alpha) ?? integerAlphaShape, shape.reduce(1, *) == 1, rank > 0 else { return 1 }
        return try floats(.alpha).reshaped([1]).scalar / Float(rank)
    }

    /// Some trainers store a whole number.
    private var integerAlphaShape: [Int]? { names[.alpha].flatMap { source.directory[$0]?.shape } }

    func feed(_ kind: String, into digest: inout DigestBuilder) throws {
        digest.add(kind)
        for part in AdapterPart.allCases {
            guard let name = names[part] else { continue }
            digest.add(part.rawValue)
            digest.add(try source.digest(of: name))
        }
    }
}

/// The kernel of a factored convolution: `Σ up[o,m] · core[m,n,y,x] · down[n,i]`, `[o, i, height, width]`.
func factoredKernel(up: Tensor, core: Tensor, down: Tensor) -> Tensor {
    let (m, n, kernel) = (core.shape[0], core.shape[1], core.shape[2] * core.shape[3])
    let inputs = down.shape[1]
    // [m, y·x, n] · [n, i] → [m, y·x, i] → [m, i, y·x].
    let inner = matrixProduct(core.reshaped([m, n, kernel]).permuted([0, 2, 1]).reshaped([m * kernel, n]), down)
        .reshaped([m, kernel, inputs]).permuted([0, 2, 1]).reshaped([m, inputs * kernel])
    return matrixProduct(up, inner).reshaped([up.shape[0], inputs, core.shape[2], core.shape[3]])
}
