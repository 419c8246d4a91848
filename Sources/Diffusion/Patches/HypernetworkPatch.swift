internal import Problems
public import Checkpoints
public import Descriptions
internal import Digests
public import Networks
internal import Tensors

/// A hypernetwork: small networks that change what keys and values are computed from.
///
/// In every attention `k += strength · net₀(k)` and `v += strength · net₁(v)` before the projections, with the pair of networks
/// made for that width; attentions of other widths are left alone. Source: AUTOMATIC1111's webui, in ComfyUI's reading.
public struct HypernetworkPatch: NetworkPatch {
    private var file: any TensorSource
    public private(set) var strength: Float
    /// Read off the file.
    private var settings: Settings

    private struct Settings: Sendable {
        var activation: Activation
        var hasNorms: Bool
        var activatesOutput: Bool
    }

    enum Activation: String {
        case linear, relu, leakyrelu, elu, swish, tanh, sigmoid, softsign, mish
    }

    /// - Returns: `nil` for a file whose activation function nobody knows; it has no effect in the reference either.
    /// - Throws: `CheckpointError` when the file can't be read, or holds no hypernetwork.
    public init?(_ file: TorchFile, strength: Float) throws {
        guard let activation = Activation(rawValue: file.values["activation_func"] ?? "linear") else { return nil }
        _ = try file.contentDigest()
        func isOn(_ name: String) -> Bool { ["true", "1"].contains(file.values[name] ?? "") }
        let settings = Settings(activation: activation, hasNorms: isOn("is_layer_norm"), activatesOutput: isOn("activate_output"))
        guard !Self.widths(file).isEmpty else {
            throw CheckpointError(
                .unknownFamily, file: file.path, reason: "no hypernetwork in it: there is no pair of networks for any width")
        }
        self.init(file: file, strength: strength, settings: settings)
    }

    private init(file: any TensorSource, strength: Float, settings: Settings) {
        self.file = file
        self.strength = strength
        self.settings = settings
    }

    private static func widths(_ file: any TensorSource) -> [Int] {
        Set(file.directory.keys.compactMap { $0.split(separator: ".").first.flatMap { Int($0) } }).sorted()
    }

    /// Widths of what it changes: a pair of networks for each.
    public var widths: [Int] { Self.widths(file) }

    /// Those for which a model has no attention: their networks have no effect on it.
    public func widthsWithoutPlace(in model: Model) -> [Int] {
        let own = Set(
            model.content.directory.lazy.filter { $0.key.hasSuffix(".to_k.weight") }.compactMap { $0.value.shape.dropFirst().first })
        return widths.filter { !own.contains($0) }
    }

    public func install(in hooks: inout NetworkHooks, of model: Model) throws {
        guard strength != 0 else { return }
        var pairs: [Int: (key: SmallNetwork, value: SmallNetwork)] = [:]
        for width in Self.widths(file) {
            pairs[width] = (
                try SmallNetwork(Weights(file, prefix: "\(width).0"), width: width, settings),
                try SmallNetwork(Weights(file, prefix: "\(width).1"), width: width, settings)
            )
        }
        let networks = pairs
        let strength = strength
        let wrapper: NetworkHooks.AttentionWrapper = { inputs, site, attend in
            guard let pair = networks[inputs.key.shape.last ?? 0] else { return try attend(inputs) }
            var inputs = inputs
            let operations = site.block.operations
            inputs.key = try operations.combine(1, inputs.key, strength, pair.key(inputs.key, operations))
            inputs.value = try operations.combine(1, inputs.value, strength, pair.value(inputs.value, operations))
            return try attend(inputs)
        }
        hooks.selfAttention.append(wrapper)
        hooks.crossAttention.append(wrapper)
    }

    public var heldBytes: Int { strength == 0 ? 0 : file.directory.values.reduce(0) { $0 + $1.shape.reduce(4, *) } }

    public static var blank: HypernetworkPatch {
        HypernetworkPatch(file: NoSource(), strength: 0, settings: Settings(activation: .linear, hasNorms: false, activatesOutput: false))
    }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("hypernetwork"))
        try visitor.visit("file", &file)
        try visitor.visit("strength", &strength)
        guard visitor.isReading else { return }
        guard let torch = file as? TorchFile, let read = try HypernetworkPatch(torch, strength: strength) else {
            throw DescriptionError("\(file.displayName) is no hypernetwork")
        }
        self = read
    }

    /// A chain of linear layers, activations and layer norms, as wide at its end as at its beginning.
    private struct SmallNetwork: Sendable {
        enum Layer: Sendable {
            case linear(LinearWeights)
            case norm(NormWeights)
            case activation(Activation)
        }
        var layers: [Layer] = []

        init(_ weights: Weights, width: Int, _ settings: Settings) throws {
            let numbers = Set(weights["linear"].names.compactMap { $0.split(separator: ".").first.flatMap { Int($0) } }).sorted()
            var current = width
            var position = 0
            while position < numbers.count {
                let names = weights["linear"][numbers[position]]
                let weight = try names.floats("weight", shape: [nil, current])
                current = weight.shape[0]
                layers.append(.linear(LinearWeights(weight: weight, bias: try names.floatsIfPresent("bias", shape: [current]))))
                // With norms a linear layer is never the last entry, and all are activated: so it is in the reference.
                if settings.activation != .linear, position < numbers.count - 1 || settings.activatesOutput {
                    layers.append(.activation(settings.activation))
                }
                if settings.hasNorms {
                    position += 1
                    guard position < numbers.count else { throw weights.error("the last layer norm is missing") }
                    let norm = weights["linear"][numbers[position]]
                    layers.append(
                        .norm(
                            NormWeights(
                                weight: try norm.floats("weight", shape: [current]), bias: try norm.floats("bias", shape: [current]))))
                }
                position += 1
            }
            guard !layers.isEmpty, current == width else {
                throw weights.error("a network for width \(width) gives \(current) channels")
            }
        }

        func callAsFunction(_ x: Tensor, _ operations: Operations) throws -> Tensor {
            try layers.reduce(x) { x, layer in
                switch layer {
                case .linear(let weights): try operations.linear(x, weights)
                case .norm(let weights): try operations.layerNorm(x, weights)
                case .activation(let activation): try activation(x, operations)
                }
            }
        }
    }
}

extension HypernetworkPatch.Activation {
    func callAsFunction(_ x: Tensor, _ operations: Operations) throws -> Tensor {
        switch self {
        case .linear: x
        case .relu: try operations.relu(x)
        case .leakyrelu: try operations.apply(.leakyReLU(slope: 0.01), x)
        case .elu: try operations.apply(.elu, x)
        // The reference takes "swish" for hard-swish.
        case .swish: try operations.apply(.hardSwish, x)
        case .tanh: try operations.apply(.tanh, x)
        case .sigmoid: try operations.apply(.sigmoid, x)
        case .softsign: try operations.apply(.softsign, x)
        case .mish: try operations.apply(.mish, x)
        }
    }
}
