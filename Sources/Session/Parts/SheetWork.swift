internal import Files
internal import Nodes
internal import Pictures
internal import WorkflowEngine
internal import Workflows

/// The sheet of a sweep as a piece of work: which pictures go where, and where the sheet is written. It can be written down, so that
/// another process makes it.
struct SheetWork: Sendable, Codable {
    struct Axis: Sendable, Codable {
        var name: String
        var values: [String]
    }

    /// A picture's path for each place, row by row; `nil` leaves it empty.
    var pictures: [String?]
    var columns: Axis
    var rows: Axis?
    /// `nil`: the next `sweep_00001_.png` in the output folder.
    var path: String?
    var folders: FolderSet

    /// Lays the first picture of every point out on a sheet; `nil` when there is no picture to show.
    init?(_ report: JobReport, _ sweep: Sweep, path: String?, services: NodeServices) {
        let found = report.parts.map { $0.report?.files.first { $0.file.path.hasSuffix(".png") }?.file.path }
        guard found.contains(where: { $0 != nil }) else { return nil }
        let layout = Layout.of(sweep)
        (columns, rows) = (layout.columns, layout.rows)
        pictures = found + [String?](repeating: nil, count: max(0, layout.places - found.count))
        (self.path, folders) = (path, FolderSet(services))
    }

    /// Makes the sheet.
    ///
    /// - Returns: its path; `nil` when none of the pictures can be read.
    func write() throws -> String? {
        let images = pictures.map { path -> Image? in path.flatMap { try? Picture.read($0).image } }
        guard images.contains(where: { $0 != nil }) else { return nil }
        let sheet = ContactSheet(
            columns: .init(name: columns.name, values: columns.values), rows: rows.map { .init(name: $0.name, values: $0.values) })
        let bytes = try PNGWriter.encode(try sheet.image(images), index: 0, metadata: PictureMetadata(), level: PNGWriter.resultLevel)
        guard let path else { return try folders.services.output.write(bytes, prefix: "sweep", extension: "png") }
        try AtomicFile.write(bytes, to: path)
        return path
    }

    /// Which pictures go where.
    private struct Layout {
        var columns: Axis
        var rows: Axis?
        var places: Int

        private static let longestRow = 10

        /// The last axis goes to the right, all others together downwards; a single long one goes on in the next row.
        static func of(_ sweep: Sweep) -> Layout {
            let points = sweep.points
            guard sweep.combination == .grid, let last = sweep.axes.last, sweep.axes.count > 1 else {
                let values = points.map { point in
                    zip(sweep.axes, point.indices).map { Sweep.written($0.values[$1]) }.joined(separator: ", ")
                }
                return wrapped(sweep.axes.map { Sweep.shortName($0.target) }.joined(separator: ", "), values)
            }
            let others = sweep.axes.dropLast()
            if others.count == 1, let first = others.first {
                return Layout(columns: axis(last), rows: axis(first), places: points.count)
            }
            let values = stride(from: 0, to: points.count, by: last.values.count).map { start in
                zip(others, points[start].indices).map { "\(Sweep.shortName($0.target))=\(Sweep.written($0.values[$1]))" }
                    .joined(separator: " ")
            }
            return Layout(columns: axis(last), rows: Axis(name: "", values: values), places: points.count)
        }

        private static func axis(_ axis: SweepAxis) -> Axis {
            Axis(name: Sweep.shortName(axis.target), values: axis.values.map { Sweep.written($0) })
        }

        /// One axis: in a row while that is short, else in rows about as long as there are of them, named by their first and last value.
        private static func wrapped(_ name: String, _ values: [String]) -> Layout {
            guard values.count > longestRow else { return Layout(columns: Axis(name: name, values: values), places: values.count) }
            let width = max(longestRow, Int(Double(values.count).squareRoot().rounded(.up)))
            let names = stride(from: 0, to: values.count, by: width).map { start in
                "\(values[start]) … \(values[min(start + width, values.count) - 1])"
            }
            let columns = Axis(name: "", values: [String](repeating: "", count: width))
            return Layout(columns: columns, rows: Axis(name: name, values: names), places: names.count * width)
        }
    }
}
