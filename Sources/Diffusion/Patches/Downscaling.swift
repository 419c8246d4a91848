public import Descriptions
public import Networks
public import Pictures
internal import Samplers
internal import Tensors

/// Computes the inner blocks at a smaller size in a part of the run: fewer doubled subjects in pictures larger than
/// the model knows, and less time.
///
/// Source: ComfyUI's PatchModelAddDownscale node ("Kohya Deep Shrink").
public struct Downscaling: NetworkPatch {
    /// Input block after which the picture shrinks.
    public var block: Int
    public var factor: Double
    /// Whether the block's skip connection keeps its size.
    public var keepsSkip: Bool
    public var shrinking: Resampling
    public var growing: Resampling
    public var range: ScheduleRange

    public init(
        block: Int, factor: Double, keepsSkip: Bool, shrinking: Resampling, growing: Resampling, range: ScheduleRange
    ) {
        self.block = block
        self.factor = factor
        self.keepsSkip = keepsSkip
        self.shrinking = shrinking
        self.growing = growing
        self.range = range
    }

    public static var blank: Downscaling {
        Downscaling(block: 0, factor: 1, keepsSkip: false, shrinking: .bicubic, growing: .bicubic, range: .whole)
    }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("Downscaling"))
        try visitor.visit("block", &block)
        try visitor.visit("factor", &factor)
        try visitor.visit("keepsSkip", &keepsSkip)
        try visitor.visit(choice: "shrinking", &shrinking)
        try visitor.visit(choice: "growing", &growing)
        try visitor.visit(part: "range", &range)
    }

    public func install(in hooks: inout NetworkHooks, of model: Model) {
        let sampling = ModelSampling(model.samplingSettings)
        let (start, end) = (sampling.sigma(percent: range.start), sampling.sigma(percent: range.end))
        let shrink: NetworkHooks.BlockHook = { h, site in
            guard site.place == .input(block), Double(site.sigma) <= start, Double(site.sigma) >= end else { return h }
            func scaled(_ size: Int) -> Int { max(1, Int((Double(size) * (1 / factor)).rounded(.toNearestOrEven))) }
            return try site.operations.apply(
                PictureResizing(height: scaled(h.shape[1]), width: scaled(h.shape[2]), method: shrinking), to: h)
        }
        if keepsSkip { hooks.inputBlocksAfterSkip.append(shrink) } else { hooks.inputBlocks.append(shrink) }
        hooks.outputBlocks.append { h, skip, site in
            guard h.shape[1] != skip.shape[1] else { return (h, skip) }
            let resizing = PictureResizing(height: skip.shape[1], width: skip.shape[2], method: growing)
            return (try site.operations.apply(resizing, to: h), skip)
        }
    }
}

/// Another size of pictures between blocks, `[batch, height, width, channels]`.
struct PictureResizing: TensorFunction {
    var height: Int
    var width: Int
    var method: Resampling

    var name: String { "resized" }

    func value(of operands: [Tensor]) throws -> Tensor {
        try operands[0].resized(width: width, height: height, by: method, channels: .last)
    }

    func shape(of operands: [[Int]]) -> [Int] { [operands[0][0], height, width, operands[0][3]] }
}
