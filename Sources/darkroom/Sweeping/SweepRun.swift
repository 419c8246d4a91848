import Files
import Foundation
import Nodes
import Pictures
import WorkflowEngine

/// Runs a workflow once for each point of a sweep, with one engine: what the points share is computed once.
///
/// A point that fails doesn't stop the others. File names carry the point's values.
struct SweepRun {
    let sweep: Sweep
    let loaded: LoadedWorkflow
    let services: NodeServices
    /// What `--set` says, for every point.
    let assignments: [Assignment]
    let skipsFinished: Bool
    let sheetPath: String?

    /// What became of one point.
    struct Outcome {
        var point: Sweep.Point
        var report: RunReport?
        /// Nothing had to run, and `--resume` asked not to report it again.
        var wasFinished = false
    }

    /// - Parameters:
    ///   - run: runs one graph to its end and shows it; the number of the point counts from 1.
    func outcomes(
        engine: Engine, options: RunOptions, stop: RunStop, run: (ResolvedGraph, RunOptions, _ point: Int) async throws -> RunReport
    ) async throws -> [Outcome] {
        guard let document = loaded.document, let base = loaded.graph else { return [] }
        let resolver = Resolver(catalog: .standard, files: services, library: loaded.library)
        // What the points have in common is resolved once.
        let first = resolver.resolve(document, setting: assignments)
        var outcomes: [Outcome] = []
        let points = sweep.points
        // Ctrl-C may come when a run has just ended.
        for (number, point) in points.enumerated() where stop.cause == nil {
            let settings = assignments + point.assignments + prefixes(of: base, for: point)
            let resolution = resolver.resolve(document, setting: settings, after: first)
            var options = options
            options.carriedText = CarriedWorkflow.text(of: document, setting: settings)
            guard let graph = resolution.graph, !resolution.diagnostics.hasErrors else {
                LoadedWorkflow.report(resolution.diagnostics, quoting: document.allFiles, leastSeverity: .warning)
                outcomes.append(Outcome(point: point, report: nil))
                continue
            }
            let forecast = engine.plan(graph, options: options).counts
            if skipsFinished, forecast.run + forecast.perhaps == 0 {
                // Nothing is computed; the report names the pictures for the sheet.
                outcomes.append(Outcome(point: point, report: await engine.run(graph, options: options), wasFinished: true))
                continue
            }
            Terminal.error.write(Terminal.error.paint("[\(number + 1)/\(points.count)] \(point.label)", .bold) + "\n")
            let report = try await run(graph, options, number + 1)
            outcomes.append(Outcome(point: point, report: report))
        }
        return outcomes
    }

    /// The values of the point at the end of every save node's file prefix.
    private func prefixes(of graph: ResolvedGraph, for point: Sweep.Point) -> [Assignment] {
        graph.outputs.compactMap { output in
            let node = graph.nodes[output]
            let target = "\(node.name).filename_prefix"
            guard !sweep.axes.contains(where: { $0.target == target }),
                case .literal(let value)? = node.inputs.first(where: { $0.name == "filename_prefix" })?.binding,
                case .string(let prefix) = value
            else { return nil }
            return Assignment(target: target, value: .string("\(prefix)_\(point.fileLabel)"))
        }
    }

    // MARK: Sheet

    /// Lays the first picture of every point out on a sheet.
    ///
    /// - Returns: the sheet's path; nil when there was no picture to show.
    func writeSheet(_ outcomes: [Outcome]) throws -> String? {
        let pictures = outcomes.map { outcome -> Image? in
            guard let file = outcome.report?.files.first(where: { $0.file.path.hasSuffix(".png") }) else { return nil }
            return try? Picture.read(file.file.path).image
        }
        guard pictures.contains(where: { $0 != nil }) else { return nil }
        let (sheet, places) = layout(count: sweep.points.count)
        let missing = [Image?](repeating: nil, count: places - pictures.count)
        let image = try sheet.image(pictures + missing)
        let bytes = try PNGWriter.encode(image, index: 0, metadata: PictureMetadata(), level: PNGWriter.resultLevel)
        guard let sheetPath else { return try services.output.write(bytes, prefix: "sweep", extension: "png") }
        let url = URL(fileURLWithPath: sheetPath).standardizedFileURL
        try AtomicFile.write(bytes, to: url.path)
        return url.path
    }

    /// The last axis goes to the right, all others together downwards; a single long one goes on in the next row.
    private func layout(count: Int) -> (sheet: ContactSheet, places: Int) {
        guard sweep.combination == .grid, let last = sweep.axes.last, sweep.axes.count > 1 else {
            let name = sweep.axes.map { Sweep.shortName($0.target) }.joined(separator: ", ")
            return wrapped(name: name, values: sweep.points.map(pairText))
        }
        func axis(_ axis: SweepAxis) -> ContactSheet.Axis {
            .init(name: Sweep.shortName(axis.target), values: axis.values.map { Sweep.written($0) })
        }
        let others = sweep.axes.dropLast()
        if others.count == 1, let first = others.first { return (ContactSheet(columns: axis(last), rows: axis(first)), count) }
        let rows = stride(from: 0, to: count, by: last.values.count).map { start in
            Swift.zip(others, sweep.points[start].indices).map { "\(Sweep.shortName($0.target))=\(Sweep.written($0.values[$1]))" }.joined(
                separator: " ")
        }
        return (ContactSheet(columns: axis(last), rows: .init(name: "", values: rows)), count)
    }

    private static let longestRow = 10

    /// One axis: in a row while that is short, else in rows about as long as there are of them, named by their first and last value.
    private func wrapped(name: String, values: [String]) -> (sheet: ContactSheet, places: Int) {
        guard values.count > Self.longestRow else { return (ContactSheet(columns: .init(name: name, values: values)), values.count) }
        let width = max(Self.longestRow, Int(Double(values.count).squareRoot().rounded(.up)))
        let rows = stride(from: 0, to: values.count, by: width).map { start in
            "\(values[start]) … \(values[min(start + width, values.count) - 1])"
        }
        let columns = ContactSheet.Axis(name: "", values: [String](repeating: "", count: width))
        return (ContactSheet(columns: columns, rows: .init(name: name, values: rows)), rows.count * width)
    }

    private func pairText(_ point: Sweep.Point) -> String {
        Swift.zip(sweep.axes, point.indices).map { Sweep.written($0.values[$1]) }.joined(separator: ", ")
    }
}
