internal import Workflows

/// The points of a sweep: each resolved anew with its values. File names carry them.
struct SweepPoints: JobParts {
    let workflow: Workflow
    let sweep: Sweep
    let settings: SweepSettings
    private let resolver: Resolver
    /// What the points have in common is resolved once.
    private let first: Resolver.Resolution?
    private let points: [Sweep.Point]
    private var done = 0

    init(_ workflow: Workflow, _ sweep: Sweep, _ settings: SweepSettings, nodes: NodeSource) {
        (self.workflow, self.sweep, self.settings) = (workflow, sweep, settings)
        resolver = Resolver(catalog: nodes.catalog, files: nodes.files(workflow.services), library: workflow.library)
        let assignments = workflow.settings.assignments
        first = workflow.settings.targets == nil ? workflow.document.map { [resolver] in resolver.resolve($0, setting: assignments) } : nil
        points = sweep.points
    }

    mutating func next() -> JobPart? {
        guard done < points.count, let document = workflow.document, let base = workflow.graph else { return nil }
        let point = points[done]
        done += 1
        let values = zip(sweep.axes, point.indices).map { (name: $0.target, value: Sweep.written($0.values[$1])) }
        let assignments = workflow.settings.assignments + point.assignments + prefixes(of: base, for: point)
        let resolution =
            first.map { resolver.resolve(document, setting: assignments, after: $0) }
            ?? resolver.resolve(document, setting: assignments, targets: workflow.settings.targets)
        let isWrong = resolution.diagnostics.hasErrors
        return JobPart(
            number: done, label: point.label, values: values, graph: isWrong ? nil : resolution.graph,
            diagnostics: resolution.diagnostics, uiText: document.uiText,
            carriedText: CarriedWorkflow.text(of: document, setting: assignments), mayBeSkipped: settings.skipsFinished)
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
}
