/// The plan of a U-Net, read off the names and shapes of its weights.
///
/// Nothing is assumed but the naming of the original Stable Diffusion code: channels, depths and widths are those of the
/// tensors, so models of any size are understood.
public struct UNetStructure: Sendable, Hashable {
    /// What one numbered block holds, in the order of computation.
    public struct Block: Sendable, Hashable {
        /// Output channels.
        public var channels: Int
        /// Whether it begins with a residual block (`N.0.in_layers…`).
        public var hasResidual = false
        /// Transformer layers of its attention (`N.1`); 0 means none.
        public var transformerDepth = 0
        public var resampling = Resampling.none

        public enum Resampling: Sendable, Hashable {
            case none
            /// The block is a strided convolution (`N.0.op`) and nothing else.
            case down
            /// The block ends in an upsampling; its convolution's name within the block (`1.conv` or `2.conv`).
            case up(String)
        }
    }

    public var modelChannels: Int
    public var inputChannels: Int
    public var outputChannels: Int
    /// Width of the time embedding (4 × model channels).
    public var timeChannels: Int
    /// Width of the text embedding; `nil` without cross-attention.
    public var contextWidth: Int?
    /// Width of the extra vector (`label_emb`), `nil` without.
    public var labelWidth: Int?
    /// Number of classes when the extra embedding is a table (x4 upscaler).
    public var labelClasses: Int?
    /// `proj_in` and `proj_out` are matrices and not 1×1 convolutions.
    public var usesLinearProjections: Bool
    /// `input_blocks.0` (the first convolution) included.
    public var input: [Block]
    /// Transformer layers in the middle: 0 when there are only residual blocks, `nil` when there is no middle block.
    public var middleDepth: Int?
    public var output: [Block]
    /// Has temporal layers: a video model.
    public var hasTimeStack: Bool

    /// Transformer layers of each residual block of the input side.
    public var depthPerResidual: [Int] { input.filter(\.hasResidual).map(\.transformerDepth) }

    /// The plan of nothing: what a recipe holds before it is read.
    public static let empty = UNetStructure()

    private init() {
        (modelChannels, inputChannels, outputChannels, timeChannels) = (0, 0, 0, 0)
        (usesLinearProjections, hasTimeStack) = (false, false)
        (input, output) = ([], [])
    }

    /// Reads the plan.
    ///
    /// - Parameter weights: at the U-Net, whose first names are `input_blocks`, `time_embed`, ….
    /// - Throws: `CheckpointError` when names or shapes make no U-Net.
    public init(_ weights: Weights) throws {
        guard let first = weights.info("input_blocks.0.0.weight"), first.shape.count == 4 else {
            throw weights.error(
                "this is no U-Net", tensor: "input_blocks.0.0.weight",
                hint: "a Stable Diffusion U-Net has this tensor, with four dimensions")
        }
        modelChannels = first.shape[0]
        inputChannels = first.shape[1]
        outputChannels = weights.info("out.2.weight")?.shape.first ?? 4
        timeChannels = weights.info("time_embed.0.weight")?.shape.first ?? 4 * modelChannels

        let label = weights.info("label_emb.0.0.weight")?.shape
        labelWidth = label?.count == 2 ? label?[1] : nil
        labelClasses = weights.info("label_emb.weight")?.shape.first

        input = try Self.blocks(weights["input_blocks"], first: modelChannels)
        output = try Self.blocks(weights["output_blocks"], first: modelChannels)
        let middle = weights["middle_block"]
        middleDepth = middle.isEmpty ? nil : middle["1.transformer_blocks"].numberedCount

        let attentions =
            ["input_blocks", "output_blocks"].flatMap { side in
                (0..<weights[side].numberedCount).map { weights[side][$0]["1"] }
            } + [middle["1"]]
        let attention = attentions.first { $0.has("transformer_blocks.0.attn2.to_k.weight") }
        let key = attention?.info("transformer_blocks.0.attn2.to_k.weight")?.shape
        contextWidth = key?.count == 2 ? key?[1] : nil
        usesLinearProjections = attention?.info("proj_in.weight")?.shape.count == 2
        hasTimeStack = attentions.contains { !$0["time_stack"].isEmpty }
    }

    private static func blocks(_ weights: Weights, first: Int) throws -> [Block] {
        var blocks: [Block] = []
        var channels = first
        for number in 0..<weights.numberedCount {
            let names = weights[number]
            var block = Block(channels: channels)
            if let shape = names.info("0.op.weight")?.shape {
                channels = shape.first ?? channels
                block.resampling = .down
            } else if let shape = names.info("0.out_layers.3.weight")?.shape {
                channels = shape.first ?? channels
                block.hasResidual = true
            } else if number > 0 || !names.has("0.weight") {
                throw names.error("a block without a residual block or a convolution")
            }
            block.channels = channels
            block.transformerDepth = names["1.transformer_blocks"].numberedCount
            for position in ["1.conv", "2.conv"] where names.has("\(position).weight") { block.resampling = .up(position) }
            blocks.append(block)
        }
        return blocks
    }
}
