internal import Tensors

/// Many pictures on one, in rows and columns with their labels: what a sweep gives at a glance.
public struct ContactSheet {
    /// A row or a column: what is varied, and the values it takes.
    public struct Axis: Sendable {
        public var name: String
        public var values: [String]
        public init(name: String, values: [String]) {
            self.name = name
            self.values = values
        }

        /// `name=value`; the value alone where the axis has no name of its own.
        fileprivate func label(_ value: String) -> String { name.isEmpty ? value : "\(name)=\(value)" }
    }

    /// Longest side of the sheet in pixels; pictures are made smaller to stay below.
    public var maximumSide = 8_192
    private let columns: Axis
    private let rows: Axis?

    /// - Parameters:
    ///   - columns: along the upper side.
    ///   - rows: along the left side; without it there is one row.
    public init(columns: Axis, rows: Axis? = nil) {
        self.columns = columns
        self.rows = rows
    }

    private static let margin = 8

    /// The sheet.
    ///
    /// - Parameter cells: a picture for each row and column, row by row; `nil` leaves a place empty. Of a batch the first is shown.
    /// - Returns: `[1, height, width, 3]` on white. Without a font on the machine there are no labels.
    ///
    /// - Throws: `CancellationError` when the work was asked to stop.
    public func image(_ cells: [Image?]) throws -> Image {
        let rowCount = rows?.values.count ?? 1, columnCount = columns.values.count
        precondition(cells.count == rowCount * columnCount, "\(cells.count) pictures for \(rowCount) × \(columnCount) places")
        let present = cells.compactMap { $0 }
        var cellWidth = present.map(\.width).max() ?? 64, cellHeight = present.map(\.height).max() ?? 64
        let letters = Lettering(size: max(12, min(cellHeight / 10, 22)))
        let line = letters?.lineHeight ?? 0
        let labelWidth =
            rows.map { axis in
                (letters.map { font in axis.values.map { font.width(of: axis.label($0)) }.max() ?? 0 } ?? 0)
            }.map { min($0, 320) + Self.margin } ?? 0
        let room = (
            width: maximumSide - labelWidth - Self.margin * (columnCount + 1), height: maximumSide - line - Self.margin * (rowCount + 2)
        )
        let scale = min(1, Double(room.width) / Double(cellWidth * columnCount), Double(room.height) / Double(cellHeight * rowCount))
        if scale < 1 {
            cellWidth = max(1, Int(Double(cellWidth) * scale))
            cellHeight = max(1, Int(Double(cellHeight) * scale))
        }
        let width = labelWidth + Self.margin + columnCount * (cellWidth + Self.margin)
        let height = line + 2 * Self.margin + rowCount * (cellHeight + Self.margin)
        func left(_ column: Int) -> Int { labelWidth + Self.margin + column * (cellWidth + Self.margin) }
        func top(_ row: Int) -> Int { line + 2 * Self.margin + row * (cellHeight + Self.margin) }
        let pixels = try Tensor(shape: [1, height, width, 3]) { out in
            out.initialize(repeating: 1)
            for (index, cell) in cells.enumerated() {
                guard let cell else { continue }
                try Self.place(
                    cell, into: out, width: width, left: left(index % columnCount), top: top(index / columnCount), cellWidth: cellWidth,
                    cellHeight: cellHeight, scale: scale)
            }
            guard let letters else { return }
            for (index, value) in columns.values.enumerated() {
                let text = letters.fitted(columns.label(value), width: cellWidth)
                letters.draw(text, into: out, width: width, height: height, left: left(index), top: Self.margin)
            }
            guard let rows else { return }
            for (index, value) in rows.values.enumerated() {
                let text = letters.fitted(rows.label(value), width: labelWidth - Self.margin)
                letters.draw(
                    text, into: out, width: width, height: height, left: Self.margin, top: top(index) + (cellHeight - line) / 2)
            }
        }
        return Image(pixels)
    }

    /// Copies a picture, made smaller by area where the sheet asks for it, to the upper left of its place.
    private static func place(
        _ cell: Image, into out: UnsafeMutableBufferPointer<Float>, width: Int, left: Int, top: Int, cellWidth: Int, cellHeight: Int,
        scale: Double
    ) throws {
        var picture = cell.pixels.item(0)
        if scale < 1 {
            let size = (
                width: min(cellWidth, max(1, Int(Double(cell.width) * scale))),
                height: min(cellHeight, max(1, Int(Double(cell.height) * scale)))
            )
            picture = try Image(picture).resized(width: size.width, height: size.height, by: .area).pixels
        }
        let (rows, columns, channels) = (picture.shape[1], picture.shape[2], picture.shape[3])
        picture.withFloats { x in
            for row in 0..<rows {
                for column in 0..<columns {
                    for channel in 0..<3 {
                        let source = (row * columns + column) * channels + min(channel, channels - 1)
                        out[((top + row) * width + left + column) * 3 + channel] = max(0, min(1, x[source]))
                    }
                }
            }
        }
    }
}
