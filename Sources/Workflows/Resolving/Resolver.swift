internal import Formats
internal import Problems

/// Turns a document into a graph, or into everything that is wrong with it, all at once.
///
/// Partial like ComfyUI: outputs whose ancestors are all right are in the graph, the others are reported. Nodes that no
/// output needs are checked too, but what is wrong with them is only a warning.
public struct Resolver: Sendable {
    let catalog: NodeCatalog
    let files: any FileCatalog
    /// When given, types without an implementation are reported.
    let library: (any ImplementedTypes)?
    /// Whether numbers must lie in the range a person may choose. Nodes cope with more than that.
    let checksRanges: Bool

    public init(
        catalog: NodeCatalog, files: any FileCatalog, library: (any ImplementedTypes)? = nil, checksRanges: Bool = true
    ) {
        self.catalog = catalog
        self.files = files
        self.library = library
        self.checksRanges = checksRanges
    }

    /// What resolving gives.
    public struct Resolution: Sendable {
        /// The part that can run; `nil` when no output can.
        public var graph: ResolvedGraph?
        /// Sorted by position.
        public var diagnostics: [Diagnostic]
        /// The workflow with everything put in and written out, which the graph was made of.
        public var workflow: ExpandedWorkflow
        /// Folders and files that decided what nodes are repeated over: a change there changes the graph.
        public var walkedPaths: [String] { workflow.walkedPaths }
        /// What resolving found on the way, for resolving a variation.
        let found: GraphResolution
        /// What was wrong before the nodes were looked at.
        let expansionProblems: [Diagnostic]
    }

    /// Resolves a document.
    ///
    /// - Parameters:
    ///   - assignments: `--set`.
    ///   - targets: names of the nodes to evaluate instead of the output nodes; `nil` for those.
    public func resolve(
        _ document: WorkflowDocument, setting assignments: [Assignment] = [], targets: [String]? = nil
    ) -> Resolution {
        let (workflow, problems) = document.expanded(with: assignments, catalog: catalog, files: files)
        return resolve(workflow, problems, targets: targets)
    }

    private func resolve(_ workflow: ExpandedWorkflow, _ problems: [Diagnostic], targets: [String]?) -> Resolution {
        var found = GraphResolution(workflow: workflow, resolver: self)
        found.diagnostics = problems.map { (node: nil, diagnostic: $0) }
        let graph = found.run(targets: targets)
        return Resolution(
            graph: graph, diagnostics: found.sortedDiagnostics(), workflow: workflow, found: found, expansionProblems: problems)
    }

    /// Resolves a variation of what was resolved before: the same document with other assignments, as a sweep makes them. Only nodes
    /// whose inputs came out differently are looked at.
    ///
    /// - Parameters:
    ///   - assignments: all of them, not only what differs.
    ///   - previous: what this resolver gave for the same document.
    public func resolve(
        _ document: WorkflowDocument, setting assignments: [Assignment], after previous: Resolution
    ) -> Resolution {
        let (workflow, problems) = document.expanded(with: assignments, catalog: catalog, files: files)
        return variation(workflow, problems, of: previous) ?? resolve(workflow, problems, targets: nil)
    }

    /// The resolution of a workflow that differs from another in values only; `nil` when more differs, or something is wrong.
    private func variation(_ workflow: ExpandedWorkflow, _ problems: [Diagnostic], of previous: Resolution) -> Resolution? {
        guard previous.graph != nil, problems == previous.expansionProblems,
            let changed = workflow.nodesWithOtherInputs(than: previous.workflow)
        else { return nil }
        var result = previous
        result.workflow = workflow
        var found = previous.found
        found.workflow = workflow
        for index in changed {
            guard let inputs = found.rebound(index) else { return nil }
            // A node that is wrong for its neighbour's sake isn't in the graph.
            let place = found.places[index]
            guard place >= 0 else { continue }
            for (number, input) in inputs.enumerated() {
                if case .literal = input.binding { result.graph?.nodes[place].inputs[number].binding = input.binding }
            }
        }
        return result
    }
}

extension ExpandedWorkflow {
    /// The nodes that differ from another workflow's in their inputs; `nil` when anything else differs.
    ///
    /// Inputs that nobody touched share their storage, so that comparing costs next to nothing.
    fileprivate func nodesWithOtherInputs(than other: ExpandedWorkflow) -> [Int]? {
        guard nodes.count == other.nodes.count, form == other.form, title == other.title, outputs == other.outputs,
            outputAliases == other.outputAliases, files.count == other.files.count
        else { return nil }
        var changed: [Int] = []
        for index in nodes.indices {
            // Field by field: copying a node costs more than comparing it.
            guard nodes[index].name == other.nodes[index].name, nodes[index].type == other.nodes[index].type,
                nodes[index].title == other.nodes[index].title, nodes[index].scope == other.nodes[index].scope,
                nodes[index].isBroken == other.nodes[index].isBroken
            else { return nil }
            if nodes[index].inputs != other.nodes[index].inputs { changed.append(index) }
        }
        return changed
    }
}

/// One resolving in progress. Nodes are numbered as in the workflow.
struct GraphResolution: Sendable {
    fileprivate(set) var workflow: ExpandedWorkflow
    let resolver: Resolver
    var diagnostics: [(node: Int?, diagnostic: Diagnostic)] = []
    /// Specification of each node, `nil` for unknown types.
    private(set) var specs: [NodeSpec?] = []
    private(set) var indices: [String: Int] = [:]
    let nodeNames: [String]
    /// Looking for near names costs time per candidate: enough for any reader, bounded for any file.
    var hintsLeft = 60

    /// Links that were found wrong, by consumer: what they name is still part of what the person wants to run.
    var rejectedLinks: [Int: [Int]] = [:]
    private var inputs: [[ResolvedGraph.Input]] = []
    private var isSound: [Bool] = []
    private var isNeeded: [Bool] = []
    /// Place of each node in the graph, −1 for one that isn't in it.
    private(set) var places: [Int] = []
    /// Nodes about whose inputs something was said.
    private var remarked: Set<Int> = []
    private var specCache: [String: NodeSpec?] = [:]

    init(workflow: ExpandedWorkflow, resolver: Resolver) {
        self.workflow = workflow
        self.resolver = resolver
        self.nodeNames = workflow.nodes.map(\.name)
    }

    mutating func run(targets: [String]?) -> ResolvedGraph? {
        indices = Dictionary(minimumCapacity: workflow.nodes.count)
        for (index, node) in workflow.nodes.enumerated() { indices[node.name] = index }
        for index in workflow.nodes.indices { specs.append(spec(of: index)) }
        isSound = specs.indices.map { specs[$0] != nil && !workflow.nodes[$0].isBroken }
        for index in workflow.nodes.indices {
            let before = errorCount, remarks = diagnostics.count
            inputs.append(bindInputs(of: index))
            if errorCount > before { isSound[index] = false }
            if diagnostics.count > remarks { remarked.insert(index) }
        }
        let outputs = outputNodes(targets)
        var walk = GraphWalk(sources: inputs.map { $0.compactMap(\.source?.node) })
        isNeeded = walk.reachable(from: outputs.nodes, beside: rejectedLinks)
        let cycles = walk.sort()
        for cycle in cycles { report(cycle: cycle) }
        return graph(outputs: outputs, order: walk.order)
    }

    /// The inputs of a node whose written ones changed, when that is all: nothing wrong with them before or now, and every link the
    /// same.
    fileprivate mutating func rebound(_ index: Int) -> [ResolvedGraph.Input]? {
        guard specs[index] != nil, !remarked.contains(index) else { return nil }
        let remarks = diagnostics.count
        let now = bindInputs(of: index)
        guard diagnostics.count == remarks, now.count == inputs[index].count else { return nil }
        for (a, b) in zip(now, inputs[index]) where a.name != b.name || a.source != b.source { return nil }
        return now
    }

    private(set) var errorCount = 0

    mutating func report(
        _ severity: Diagnostic.Severity = .error, _ code: DiagnosticCode, _ message: String, node: Int?,
        input: String? = nil, at place: SourcePosition?, hint: String? = nil
    ) {
        if severity == .error { errorCount += 1 }
        diagnostics.append(
            (
                node,
                Diagnostic(
                    severity, code, message, file: workflow.fileName(at: place), position: place,
                    node: node.map { workflow.nodes[$0].name }, input: input, hint: hint)
            ))
    }

    /// A hint by nearest name while the budget lasts.
    mutating func hint(_ name: String, _ candidates: [String], called kind: String) -> String? {
        guard hintsLeft > 0 else { return nil }
        hintsLeft -= 1
        return NearestMatch.hint(for: name, among: candidates, called: kind)
    }

    // MARK: Types

    private mutating func spec(of index: Int) -> NodeSpec? {
        let node = workflow.nodes[index]
        guard !node.type.isEmpty else {
            report(
                .error, .missingType, "node \"\(node.name)\" has no type", node: index, at: node.position,
                hint: workflow.form == .yaml ? "add type: …" : "add \"class_type\"")
            return nil
        }
        let known: NodeSpec?
        if let cached = specCache[node.type] {
            known = cached
        } else {
            known = resolver.catalog.spec(node.type, in: workflow.form)
            specCache[node.type] = .some(known)
        }
        guard let known else {
            var near = resolver.catalog.hintForUnknown(node.type) ?? node.pack.map { "it comes from the node pack \($0)" }
            if near == nil, hintsLeft > 0 {
                hintsLeft -= 1
                near = resolver.catalog.nearest(to: node.type).map { "did you mean \"\($0)\"?" }
            }
            report(
                .error, .unknownType, "no node type is called \"\(node.type)\"", node: index,
                at: node.typePosition ?? node.position, hint: near ?? DiagnosticCode.unknownType.hint)
            return nil
        }
        if node.isBroken { return known }
        if let library = resolver.library, !library.isImplemented(known.type) {
            report(
                .error, .notImplemented, "\(known.type) (\(known.category)) is known, but can't be run here", node: index,
                at: node.typePosition ?? node.position, hint: DiagnosticCode.notImplemented.hint)
            return nil
        }
        if known.isDeprecated {
            report(
                .warning, .deprecatedNode, "\(known.type) is deprecated", node: index,
                at: node.typePosition ?? node.position, hint: DiagnosticCode.deprecatedNode.hint)
        }
        return known
    }

    // MARK: Outputs

    private struct Outputs {
        var nodes: [Int] = []
        var named: [(name: String, source: ResolvedGraph.Source)] = []
    }

    /// Output nodes; or the nodes asked for; or, in a workflow without output nodes, those behind its named outputs.
    private mutating func outputNodes(_ targets: [String]?) -> Outputs {
        var outputs = Outputs()
        for output in workflow.outputs {
            let reference: WorkflowDocument.Link? =
                switch output.value {
                case .string(let text): .reference(text)
                case .link(let link): link
                default: nil
                }
            guard let reference else {
                report(
                    .error, .badLink, "output \"\(output.name)\" must name a node, or node.OUTPUT", node: nil,
                    at: output.valuePosition)
                continue
            }
            if let source = source(
                reference, wanted: .any, named: output.name, of: nil, input: output.name, at: output.valuePosition)
            {
                outputs.named.append((output.name, source))
            }
        }
        if let targets {
            for target in targets {
                if let index = indices[target] {
                    outputs.nodes.append(index)
                } else {
                    report(
                        .error, .unknownNode, "no node is called \"\(target)\"", node: nil, at: nil,
                        hint: hint(target, nodeNames, called: "nodes"))
                }
            }
            return outputs
        }
        outputs.nodes = specs.indices.filter { specs[$0]?.isOutputNode == true && workflow.nodes[$0].scope.isEmpty }
        if outputs.nodes.isEmpty {
            var seen = Set<Int>()
            outputs.nodes = outputs.named.map(\.source.node).filter { seen.insert($0).inserted }
        }
        if outputs.nodes.isEmpty, !specs.contains(where: { $0 == nil }) {
            report(
                .error, .noOutputs, "nothing in the workflow gives a result", node: nil, at: nil,
                hint: DiagnosticCode.noOutputs.hint)
        }
        return outputs
    }

    // MARK: Graph

    private mutating func report(cycle: [Int]) {
        for index in cycle { isSound[index] = false }
        let path = (cycle + cycle.prefix(1)).reversed().map { workflow.nodes[$0].name }
        let shown = path.count <= 12 ? path : Array(path.prefix(6)) + ["…"] + path.suffix(5)
        let first = cycle.min() ?? cycle[0]
        report(
            .error, .cycle, "nodes depend on one another in a circle: \(shown.joined(separator: " → "))",
            node: first, at: workflow.nodes[first].position, hint: DiagnosticCode.cycle.hint)
    }

    /// The graph of sound nodes, renumbered; `nil` when no output is sound.
    private mutating func graph(outputs: Outputs, order: [Int]) -> ResolvedGraph? {
        // Sources come first in `order`, so one pass settles every descendant of a broken node.
        var culprit: [Int: Int] = [:]
        for index in order {
            if !isSound[index] {
                culprit[index] = index
            } else if let broken = inputs[index].lazy.compactMap({ $0.source.flatMap { culprit[$0.node] } }).first {
                culprit[index] = broken
                isSound[index] = false
            }
        }
        for output in outputs.nodes where !isSound[output] {
            guard let broken = culprit[output], broken != output else { continue }
            report(
                .note, .brokenUpstream,
                "\"\(workflow.nodes[output].name)\" can't run: node \"\(workflow.nodes[broken].name)\" is wrong",
                node: output, at: workflow.nodes[output].position)
        }
        var renumbered = [Int](repeating: -1, count: workflow.nodes.count)
        var graph = ResolvedGraph(title: workflow.title, nodes: [], outputs: [], namedOutputs: [], order: [])
        graph.checksRanges = resolver.checksRanges
        for index in workflow.nodes.indices where isSound[index] {
            guard let spec = specs[index] else { continue }
            renumbered[index] = graph.nodes.count
            let node = workflow.nodes[index]
            graph.nodes.append(
                .init(
                    name: node.name, title: node.title ?? node.name, spec: spec, inputs: inputs[index], position: node.position))
        }
        for index in graph.nodes.indices {
            for input in graph.nodes[index].inputs.indices {
                if case .link(var source) = graph.nodes[index].inputs[input].binding {
                    source.node = renumbered[source.node]
                    graph.nodes[index].inputs[input].binding = .link(source)
                }
            }
        }
        places = renumbered
        graph.outputs = outputs.nodes.filter { isSound[$0] }.map { renumbered[$0] }
        graph.namedOutputs = outputs.named.filter { isSound[$0.source.node] }.map {
            .init(name: $0.name, source: .init(node: renumbered[$0.source.node], output: $0.source.output))
        }
        graph.order = order.filter { isSound[$0] }.map { renumbered[$0] }
        return graph.outputs.isEmpty ? nil : graph
    }

    /// Errors of nodes that nothing needs become warnings; then by place.
    mutating func sortedDiagnostics() -> [Diagnostic] {
        let somethingIsNeeded = isNeeded.contains(true)
        var result: [Diagnostic] = []
        for (node, diagnostic) in diagnostics {
            var diagnostic = diagnostic
            if let node, isNeeded.indices.contains(node), !isNeeded[node], diagnostic.severity == .error,
                specs[node] != nil || somethingIsNeeded
            {
                diagnostic.severity = .warning
            }
            result.append(diagnostic)
        }
        // Stable by place: two problems in one place stay in the order they were found.
        return result.mergingElements().enumerated().sorted { a, b in
            let first = a.element.position ?? SourcePosition(line: 0, column: 0)
            let second = b.element.position ?? SourcePosition(line: 0, column: 0)
            return first == second ? a.offset < b.offset : first < second
        }.map(\.element)
    }
}

extension ResolvedGraph.Input {
    /// Where the value comes from, `nil` for a literal.
    package var source: ResolvedGraph.Source? {
        if case .link(let source) = binding { return source }
        return nil
    }
}
