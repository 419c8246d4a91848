public import Descriptions
public import Networks
internal import Tensors

/// Lets self-attention look at tiles instead of the whole picture, with a random number of tiles.
///
/// Source: tfernd's HyperTile, as ComfyUI's node has it: only the queries are cut into tiles of the picture, keys and
/// values are cut into as many runs of consecutive tokens.
public struct HyperTile: NetworkPatch {
    /// Side of the smallest tile in pixels.
    public var tileSize: Int
    /// Most tilings to choose from, per direction.
    public var swapSize: Int
    /// Levels of the U-Net that are tiled: 0 is full resolution alone.
    public var maxDepth: Int
    /// Whether the smallest tile grows with the level.
    public var scalesDepth: Bool

    public init(tileSize: Int, swapSize: Int, maxDepth: Int, scalesDepth: Bool) {
        (self.tileSize, self.swapSize, self.maxDepth, self.scalesDepth) = (tileSize, swapSize, maxDepth, scalesDepth)
    }

    public static var blank: HyperTile { HyperTile(tileSize: 0, swapSize: 0, maxDepth: 0, scalesDepth: false) }

    public mutating func describe(to visitor: any FieldVisitor) throws {
        visitor.mark(.text("HyperTile"))
        try visitor.visit("tileSize", &tileSize)
        try visitor.visit("swapSize", &swapSize)
        try visitor.visit("maxDepth", &maxDepth)
        try visitor.visit("scalesDepth", &scalesDepth)
    }

    public func install(in hooks: inout NetworkHooks, of model: Model) {
        hooks.selfAttention.append { inputs, site, attend in
            let tokens = inputs.query.shape[1]
            let (latentHeight, latentWidth) = (site.block.latentHeight, site.block.latentWidth)
            guard
                let depth = (0...maxDepth).first(where: {
                    Double(latentHeight) / Double(1 << $0) * (Double(latentWidth) / Double(1 << $0)) == Double(tokens)
                })
            else { return try attend(inputs) }
            let side = max(32, tileSize) / 8 * (scalesDepth ? 1 << depth : 1)
            let aspect = Double(latentWidth) / Double(latentHeight)
            // The original takes rows for columns where the picture isn't square; the same tokens are tiled either
            // way.
            let rows = Int((Double(tokens) * aspect).squareRoot().rounded(.toNearestOrEven))
            let columns = Int((Double(tokens) / aspect).squareRoot().rounded(.toNearestOrEven))
            let down = tiles(rows, smallest: side, site.block.generator)
            let across = tiles(columns, smallest: side, site.block.generator)
            guard down * across > 1, rows * columns == tokens else { return try attend(inputs) }

            let grid = TileGrid(rows: rows, columns: columns, down: down, across: across)
            let parts = down * across
            let operations = site.block.operations
            func runs(_ x: Tensor) -> Tensor { x.reshaped([x.shape[0] * parts, x.shape[1] / parts, x.shape[2]]) }
            let tiled = AttentionInputs(query: try grid.cut(inputs.query, operations), key: runs(inputs.key), value: runs(inputs.value))
            return try grid.joined(attend(tiled), operations)
        }
    }

    /// A number of tiles along a side: one of the few tilings whose tiles are large enough, by chance.
    private func tiles(_ size: Int, smallest: Int, _ generator: SharedGenerator?) -> Int {
        let sides = (min(smallest, size)...max(size, 1)).filter { size % $0 == 0 }
        let counts = sides.prefix(swapSize).map { size / $0 }
        guard counts.count > 1 else { return counts.first ?? 1 }
        // The range of the draw leaves the last one out, as the original's does.
        let choice = generator?.integer(below: UInt32(counts.count - 1)) ?? 0
        return counts[Int(choice)]
    }
}

/// Tokens of a picture `rows × columns`, row by row, cut into tiles.
private struct TileGrid {
    let rows: Int
    let columns: Int
    let down: Int
    let across: Int

    private var tileRows: Int { rows / down }
    private var tileColumns: Int { columns / across }

    /// `[batch, tokens, channels]` to `[batch · tiles, tokens of a tile, channels]`.
    func cut(_ x: Tensor, _ operations: Operations) throws -> Tensor {
        let channels = x.shape[2]
        let cells = x.reshaped([x.shape[0], down, tileRows, across, tileColumns, channels])
        return try operations.permute(cells, [0, 1, 3, 2, 4, 5])
            .reshaped([x.shape[0] * down * across, tileRows * tileColumns, channels])
    }

    /// The reverse of `cut`.
    func joined(_ x: Tensor, _ operations: Operations) throws -> Tensor {
        let batch = x.shape[0] / (down * across)
        let channels = x.shape[2]
        let cells = x.reshaped([batch, down, across, tileRows, tileColumns, channels])
        return try operations.permute(cells, [0, 1, 3, 2, 4, 5])
            .reshaped([batch, rows * columns, channels])
    }
}
