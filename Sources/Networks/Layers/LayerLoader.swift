internal import Cancellations
package import Checkpoints
internal import Digests
package import Tensors

/// Reads, checks and packs the layers of a network through a `WeightStore`.
///
/// Every shape is checked against what the layer's neighbours demand before anything is read, so that operations can trust their
/// operands whatever the file holds.
package struct LayerLoader: Sendable {
    let source: any TensorSource
    private let purpose: Purpose
    /// Where in the source this loader looks, with a final dot; empty at the top.
    let prefix: String
    /// What the layers are packed for.
    let precision: Precision

    /// What becomes of the layers.
    private enum Purpose: Sendable {
        case packing(WeightStore)
        /// Some are packed now, as far as that is allowed; others whenever they are needed.
        case streaming(WeightStore, WeightAllowance)
        /// They are named only; networks made so know their shape and can't compute.
        case surveying(ParameterRecorder)
        /// Likewise, but what they will take is told.
        case weighing(WeighedLayers)
    }

    /// - Parameter allowance: bytes of weights that may stay in memory; `nil` keeps them all.
    package init(
        source: any TensorSource, store: WeightStore, allowance: WeightAllowance? = nil, prefix: String = "",
        precision: Precision = .standard
    ) {
        self.init(source, allowance.map { .streaming(store, $0) } ?? .packing(store), prefix, precision)
    }

    /// A loader that reads nothing and notes what it is asked for.
    package init(surveying source: any TensorSource, recorder: ParameterRecorder) {
        self.init(source, .surveying(recorder), "", .standard)
    }

    /// A loader that reads nothing and weighs the layers that it is asked for.
    package init(weighing source: any TensorSource, _ layers: WeighedLayers) {
        self.init(source, .weighing(layers), "", .standard)
    }

    private init(_ source: any TensorSource, _ purpose: Purpose, _ prefix: String, _ precision: Precision) {
        self.source = source
        self.purpose = purpose
        self.prefix = prefix
        self.precision = precision
    }

    /// A loader for the part of that name.
    package func part(_ name: String) -> LayerLoader {
        LayerLoader(source, purpose, prefix + name + ".", precision)
    }

    /// The prefix without its final dot: the name of the part.
    var name: String { String(prefix.dropLast()) }

    /// Shape of a tensor of this part; `nil` if there is none.
    func shape(_ name: String) -> [Int]? { source.directory[prefix + name]?.shape }

    func has(_ name: String) -> Bool { shape(name) != nil }

    // MARK: Layers

    /// A linear layer, or a 1×1 convolution used as one.
    ///
    /// - Parameter outputs: `nil` takes what the file has.
    func linear(_ name: String, inputs: Int, outputs: Int? = nil) throws -> LinearWeights {
        try self.linear(joining: [name], inputs: inputs, outputs: outputs)
    }

    /// Linear layers that share their input, as one: the outputs lie side by side in the order given.
    func linear(joining names: [String], inputs: Int, outputs: Int? = nil) throws -> LinearWeights {
        for name in names { try checkLinear(name, inputs: inputs, outputs: outputs) }
        let rows = names.reduce(0) { $0 + (shape($1 + ".weight")?.first ?? 0) }
        return try matrix(
            "linear", .linearWeight, names.flatMap { [$0 + ".weight", $0 + ".bias"] },
            blank: LinearWeights(blankFrom: inputs, to: rows)
        ) {
            let parts = try names.map { (weight: try read($0 + ".weight"), bias: try readIfPresent($0 + ".bias")) }
            return parts.count == 1 ? LinearWeights(weight: parts[0].weight, bias: parts[0].bias) : LinearWeights(joining: parts)
        }
    }

    /// A gated GELU layer whose rows are value and gate halves.
    func geglu(_ name: String, inputs: Int) throws -> GEGLUWeights {
        try checkLinear(name, inputs: inputs, outputs: nil)
        guard let rows = shape(name + ".weight")?[0], rows % 2 == 0 else {
            throw wrongShape(name + ".weight", "an even number of rows was expected")
        }
        return try matrix(
            "geglu", .gatedWeight, [name + ".weight", name + ".bias"], blank: GEGLUWeights(blankFrom: inputs, to: rows / 2)
        ) {
            GEGLUWeights(weight: try read(name + ".weight"), bias: try readIfPresent(name + ".bias"))
        }
    }

    /// A two-dimensional convolution.
    ///
    /// - Parameters:
    ///   - outputs: `nil` takes what the file has.
    ///   - kernel: side of the kernel.
    ///   - padding: `nil` keeps the size: `kernel / 2` on all sides.
    func convolution(
        _ name: String, inputs: Int, outputs: Int? = nil, kernel: Int = 3, stride: Int = 1, padding: Padding? = nil
    ) throws -> ConvolutionWeights {
        let found = try demandedShape(name + ".weight")
        guard found.count == 4, found[1] == inputs, found[2] == kernel, found[3] == kernel, found[0] > 0,
            outputs == nil || found[0] == outputs
        else {
            throw wrongShape(
                name + ".weight", "[\(outputs.map(String.init) ?? "outputs"), \(inputs), \(kernel), \(kernel)] was expected")
        }
        try checkBias(name, outputs: found[0])
        let padding = padding ?? Padding(kernel / 2)
        let kind = "convolution \(stride) \(padding.top) \(padding.left) \(padding.bottom) \(padding.right)"
        return try matrix(
            kind, .convolutionWeight, [name + ".weight", name + ".bias"],
            blank: ConvolutionWeights(blankFrom: inputs, to: found[0], kernel: kernel, stride: stride, padding: padding)
        ) {
            ConvolutionWeights(
                weight: try read(name + ".weight"), bias: try readIfPresent(name + ".bias"), stride: stride, padding: padding)
        }
    }

    /// Scale and shift of a group or layer norm.
    ///
    /// - Parameter groups: what the channels must divide by.
    func norm(_ name: String, channels: Int, groups: Int = 1) throws -> NormWeights {
        for part in [name + ".weight", name + ".bias"] {
            guard try demandedShape(part) == [channels] else { throw wrongShape(part, "[\(channels)] was expected") }
        }
        guard channels % groups == 0 else {
            throw wrongShape(name + ".weight", "the channels don't divide into \(groups) groups")
        }
        return try layer(
            "norm", .normWeight, [name + ".weight", name + ".bias"],
            blank: NormWeights(weight: .zeros([channels]), bias: .zeros([channels]))
        ) {
            NormWeights(weight: try read(name + ".weight"), bias: try read(name + ".bias"))
        }
    }

    /// A tensor as it is, in `float32`.
    func tensor(_ name: String, shape expected: [Int]? = nil) throws -> Tensor {
        let found = try demandedShape(name)
        if let expected, expected != found { throw wrongShape(name, "\(expected) was expected") }
        return try layer("tensor", .table, [name], blank: .zeros(found)) { try read(name).float32() }
    }

    /// A table as it is stored: rows are looked up, so nothing is gained by converting it.
    func table(_ name: String) throws -> Tensor {
        let found = try demandedShape(name)
        note(.table, name)
        switch purpose {
        case .surveying, .weighing: return .zeros([0] + found.dropFirst())
        case .packing, .streaming: return try read(name)
        }
    }

    // MARK: Checks

    func demandedShape(_ name: String) throws -> [Int] {
        guard let info = source.directory[prefix + name] else {
            throw NetworkError(
                .missingTensor, in: source.displayName, tensor: prefix + name, reason: "is missing",
                hint: "the file may be incomplete, or of another kind than its folder says")
        }
        guard info.dtype.isFloatingPoint else {
            throw wrongShape(name, "floating-point numbers were expected, not \(info.dtype)")
        }
        return info.shape
    }

    func wrongShape(_ name: String, _ expected: String) -> NetworkError {
        NetworkError(
            .wrongShape, in: source.displayName, tensor: prefix + name,
            reason: "the shape is \(source.directory[prefix + name]?.shape ?? []), \(expected)")
    }

    private func checkLinear(_ name: String, inputs: Int, outputs: Int?) throws {
        let found = try demandedShape(name + ".weight")
        let isMatrix = found.count == 2 || (found.count == 4 && found[2] == 1 && found[3] == 1)
        guard isMatrix, found[1] == inputs, found[0] > 0, outputs == nil || found[0] == outputs else {
            throw wrongShape(name + ".weight", "[\(outputs.map(String.init) ?? "outputs"), \(inputs)] was expected")
        }
        try checkBias(name, outputs: found[0])
    }

    private func checkBias(_ name: String, outputs: Int) throws {
        guard has(name + ".bias") else { return }
        guard try demandedShape(name + ".bias") == [outputs] else { throw wrongShape(name + ".bias", "[\(outputs)] was expected") }
    }

    // MARK: Reading

    private func read(_ name: String) throws -> Tensor { try source.tensor(named: prefix + name) }

    private func readIfPresent(_ name: String) throws -> Tensor? { has(name) ? try read(name) : nil }

    /// A layer of many weights: kept if that is allowed, else packed whenever it is needed.
    private func matrix<Layer: PackedLayer & StreamableWeights>(
        _ kind: String, _ role: Parameter.Role, _ names: [String], blank: @autoclosure () -> Layer,
        pack: @escaping @Sendable () throws -> Layer
    ) throws -> Layer {
        let layers = names.filter { $0.hasSuffix(".weight") }.map { String($0.dropLast(".weight".count)) }
        let bytes = packedBytes(layers)
        if case .streaming(_, let allowance) = purpose, try !allowance.keeps(digest(kind, names), bytes) {
            return blank().streamed {
                try Cancellation.check()
                defer { for name in names where has(name) { source.releasePages(of: prefix + name) } }
                return try pack()
            }
        }
        return try layer(kind, role, names, bytes: bytes, blank: blank(), pack: pack)
    }

    /// The layer made of some tensors, from the store or packed now; then the file's pages may go.
    ///
    /// - Parameters:
    ///   - bytes: what it takes when it is packed; `nil`: its elements in `float32`.
    ///   - blank: what stands for the layer where nothing is read.
    private func layer<Layer: PackedLayer>(
        _ kind: String, _ role: Parameter.Role, _ names: [String], bytes: Int? = nil, blank: @autoclosure () -> Layer,
        pack: () throws -> Layer
    ) throws -> Layer {
        func size() -> Int { bytes ?? names.reduce(0) { $0 + (shape($1)?.reduce(4, *) ?? 0) } }
        try Cancellation.check()
        switch purpose {
        case .surveying:
            for name in names where has(name) { note(name.hasSuffix(".bias") ? .bias : role, name) }
            return blank()
        case .weighing(let layers):
            layers.note(try digest(kind, names), bytes: size())
            return blank()
        case .packing(let store), .streaming(let store, _):
            let identity = try digest(kind, names)
            if case .streaming(_, let allowance) = purpose { allowance.keepSmall(identity, size()) }
            return try store.layer(identity) {
                defer { for name in names where has(name) { source.releasePages(of: prefix + name) } }
                return try pack()
            }
        }
    }

    private func note(_ role: Parameter.Role, _ name: String) {
        guard case .surveying(let recorder) = purpose, let info = source.directory[prefix + name] else { return }
        recorder.note(Parameter(name: prefix + name, shape: info.shape, dtype: info.dtype, role: role))
    }

    /// What the layer is made of, how it is packed and what for.
    private func digest(_ kind: String, _ names: [String]) throws -> Digest {
        var builder = DigestBuilder()
        builder.add(kind)
        builder.add(precision.identity)
        for name in names {
            if has(name) { builder.add(try source.digest(of: prefix + name)) } else { builder.addNone() }
        }
        return builder.finish()
    }
}
