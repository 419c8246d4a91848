internal import Checkpoints
internal import Diffusion
internal import Foundation
internal import Networks
internal import Pictures
internal import Prompts
internal import Synchronization
internal import Tensors

/// Group `layers`: what every block of the networks gives for known inputs.
enum LayerCases {
    /// What a case goes through, told by the arrays that it gives as inputs.
    enum Kind {
        case text, unet, decoder, encoder

        /// `nil` for a case whose inputs are none of these.
        init?(_ golden: GoldenCase) {
            let inputs = Set((golden.tensors ?? [:]).keys.filter { $0.hasPrefix("in.") })
            switch inputs {
            case []:
                guard golden.ids != nil else { return nil }
                self = .text
            case ["in.x", "in.timesteps", "in.context"]: self = .unet
            case ["in.z"]: self = .decoder
            case ["in.x"]: self = .encoder
            default: return nil
            }
        }
    }

    /// - Parameter file: the checkpoint whose networks are meant.
    static func compare(_ golden: GoldenCase, _ tensors: any TensorSource, model file: String) throws -> Comparison {
        let checkpoint = try Checkpoint(CheckpointFile.open(file))
        let values = golden.values(in: tensors)
        let record = LayerRecord()
        switch Kind(golden) {
        case .text?:
            guard let encoder = TextEncoder(checkpoint) else { throw GoldenError("\(file) has no text encoder") }
            let ids = golden.ids ?? []
            let chunks = stride(from: 0, to: ids.count, by: PromptTokenizer.chunkLength).map {
                Array(ids[$0..<min($0 + PromptTokenizer.chunkLength, ids.count)])
            }
            record.block("final", output: try encoder.hiddenStates(ofTokens: chunks, operations: Operations(observer: record)))
        case .unet?:
            let network = try Model(checkpoint).network(operations: Operations(observer: record))
            let x = try values("in.x")
            let call = NetworkCall(
                x: x, timesteps: try values("in.timesteps").floats, context: try values("in.context"), sigma: 1,
                sides: Array(repeating: .positive, count: x.shape[0]))
            record.setResult("eps", try network.predict(call))
        case .decoder?:
            guard let source = checkpoint.vae else { throw GoldenError("\(file) has no VAE") }
            _ = try VAE(source).decode(try values("in.z"), options: VAEOptions(operations: Operations(observer: record)))
        case .encoder?:
            guard let source = checkpoint.vae else { throw GoldenError("\(file) has no VAE") }
            // The reference starts from −1…1, ours from pixels.
            let pixels = Image((try values("in.x").channelsLast() + 1) * 0.5)
            record.setResult("out", try VAE(source).encode(pixels, options: VAEOptions(operations: Operations(observer: record))))
        case nil:
            let inputs = (golden.tensors ?? [:]).keys.filter { $0.hasPrefix("in.") }.sorted().joined(separator: ", ")
            throw MissingFeature("layers of a network that takes \(inputs)")
        }
        return try record.compare(golden, values)
    }
}

/// Keeps what every layer and block gave.
private final class LayerRecord: LayerObserver {
    private struct Output {
        var tensor: Tensor
        /// Whether a four-dimensional output has its channels last.
        var isChannelsLast: Bool
    }

    private let outputs = Mutex<[String: Output]>([:])

    func layer(_ kind: TensorOperation.Kind, _ name: String, took: Duration, output: Tensor) {
        outputs.withLock { if $0[name] == nil { $0[name] = Output(tensor: output, isChannelsLast: true) } }
    }

    func block(_ name: String, output: Tensor) {
        outputs.withLock { $0[name] = Output(tensor: output, isChannelsLast: true) }
    }

    /// A result as it left the network, channels first.
    func setResult(_ name: String, _ tensor: Tensor) {
        outputs.withLock { $0[name] = Output(tensor: tensor, isChannelsLast: false) }
    }

    /// Compares everything that the case lists; blocks that nobody reported are named.
    func compare(_ golden: GoldenCase, _ values: (String) throws -> Tensor) throws -> Comparison {
        var comparison = Comparison(tolerance: golden.tolerance)
        let outputs = outputs.withLock { $0 }
        for name in (golden.tensors ?? [:]).keys.sorted() where !name.hasPrefix("in.") {
            // Computed together with what follows it: it has no value of its own here.
            if name.hasSuffix(".norm3") || name.hasSuffix(".norm_out") { continue }
            guard let output = Self.part(name, of: outputs) ?? outputs[name] else {
                comparison.mismatch("no layer or block reported \(name)")
                continue
            }
            let reference = try values(name)
            let isPicture = output.isChannelsLast && output.tensor.rank == 4
            let found = isPicture ? output.tensor.channelsFirst() : output.tensor
            // Some blocks flatten pictures to tokens or the other way round; the numbers are the same.
            let fits = found.count == reference.count && (found.rank != 4 || reference.rank != 4)
            comparison.compare(fits ? found.reshaped(reference.shape) : found, to: reference, name: name)
        }
        return comparison
    }

    /// Values that our layers give only together with what is added to them: residuals, the time embedding.
    private static func part(_ name: String, of outputs: [String: Output]) -> Output? {
        func difference(_ whole: String, _ added: String) -> Output? {
            guard let whole = outputs[whole]?.tensor, let added = outputs[added]?.tensor else { return nil }
            return Output(tensor: whole - added.reshaped(whole.shape), isChannelsLast: true)
        }
        func sibling(_ ending: String, _ other: String) -> String { String(name.dropLast(ending.count)) + other }
        if name == "out" { return outputs["out"] ?? outputs["decoder.conv_out"] }
        if name.hasSuffix(".attn1") {
            let block = name.components(separatedBy: ".transformer_blocks.")[0]
            return difference(name + ".to_out.0", block + ".proj_in")
        }
        if name.hasSuffix(".attn2") { return difference(name + ".to_out.0", sibling("attn2", "attn1.to_out.0")) }
        if name.hasSuffix(".ff") { return difference(name + ".net.2", sibling("ff", "attn2.to_out.0")) }
        if name.hasSuffix(".in_layers") {
            guard let whole = outputs[name + ".2"]?.tensor,
                let bias = outputs[sibling("in_layers", "emb_layers")]?.tensor.floats
            else { return nil }
            let parts = Tensor(shape: whole.shape) { out in
                whole.withFloats { x in
                    for index in out.indices { out[index] = x[index] - bias[index % bias.count] }
                }
            }
            return Output(tensor: parts, isChannelsLast: true)
        }
        return nil
    }
}
