/// Turns a document into a graph, or into everything that is wrong with it, all at once.
///
/// Partial like ComfyUI: outputs whose ancestors are all right are in the graph, the others are reported. Nodes that no
/// output needs are checked too, but what is wrong with them is only a warning.
public struct Resolver: Sendable {
    let catalog: NodeCatalog
    let files: any FileCatalog
    /// When given, types without an implementation are reported.
    let library: (any NodeLibrary)?
    /// Whether numbers must lie in the range a person may choose. Nodes cope with more than that.
    let checksRanges: Bool

    public init(
        catalog: NodeCatalog, files: any FileCatalog, library: (any NodeLibrary)? = nil, checksRanges: Bool = true
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
        /// Folders and files that decided what nodes are repeated over: a change there changes the graph.
        public var walkedPaths: [String] = []
        /// The document with everything bound and written out, which the graph was made of.
        public var bound = WorkflowDocument()
    }

    /// Resolves a document.
    ///
    /// - Parameters:
    ///   - assignments: `--set`.
    ///   - targets: names of the nodes to evaluate instead of the output nodes; `nil` for those.
    public func resolve(
        _ document: WorkflowDocument, setting assignments: [Assignment] = [], targets: [String]? = nil
    ) -> Resolution {
        let (bound, problems) = document.bound(with: assignments, catalog: catalog, files: files)
        var resolution = GraphResolution(document: bound, resolver: self)
        resolution.diagnostics = problems.map { (node: nil, diagnostic: $0) }
        let graph = resolution.run(targets: targets)
        return Resolution(graph: graph, diagnostics: resolution.sortedDiagnostics(), walkedPaths: bound.walkedPaths, bound: bound)
    }
}

/// One resolving in progress. Nodes are numbered as in the document.
struct GraphResolution {
    let document: WorkflowDocument
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
    private var specCache: [String: NodeSpec?] = [:]

    init(document: WorkflowDocument, resolver: Resolver) {
        self.document = document
        self.resolver = resolver
        self.nodeNames = document.nodes.map(\.name)
    }

    mutating func run(targets: [String]?) -> ResolvedGraph? {
        indices = Dictionary(minimumCapacity: document.nodes.count)
        for (index, node) in document.nodes.enumerated() { indices[node.name] = index }
        for index in document.nodes.indices { specs.append(spec(of: index)) }
        isSound = specs.indices.map { specs[$0] != nil && !document.nodes[$0].isBroken }
        for index in document.nodes.indices {
            let before = errorCount
            inputs.append(bindInputs(of: index))
            if errorCount > before { isSound[index] = false }
        }
        let outputs = outputNodes(targets)
        var walk = GraphWalk(sources: inputs.map { $0.compactMap(\.source?.node) })
        isNeeded = walk.reachable(from: outputs.nodes, beside: rejectedLinks)
        let cycles = walk.sort()
        for cycle in cycles { report(cycle: cycle) }
        return graph(outputs: outputs, order: walk.order)
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
                    severity, code, message, file: document.fileName(at: place), position: place,
                    node: node.map { document.nodes[$0].name }, input: input, hint: hint)
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
        let node = document.nodes[index]
        guard !node.type.isEmpty else {
            report(
                .error, .missingType, "node \"\(node.name)\" has no type", node: index, at: node.position,
                hint: document.form == .yaml ? "add type: …" : "add \"class_type\"")
            return nil
        }
        let known: NodeSpec?
        if let cached = specCache[node.type] {
            known = cached
        } else {
            known = resolver.catalog.spec(node.type)
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
        if let library = resolver.library, library.implementation(of: known.type) == nil {
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
        for output in document.outputs {
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
        outputs.nodes = specs.indices.filter { specs[$0]?.isOutputNode == true && document.nodes[$0].scope.isEmpty }
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
        let path = (cycle + cycle.prefix(1)).reversed().map { document.nodes[$0].name }
        let shown = path.count <= 12 ? path : Array(path.prefix(6)) + ["…"] + path.suffix(5)
        let first = cycle.min() ?? cycle[0]
        report(
            .error, .cycle, "nodes depend on one another in a circle: \(shown.joined(separator: " → "))",
            node: first, at: document.nodes[first].position, hint: DiagnosticCode.cycle.hint)
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
                "\"\(document.nodes[output].name)\" can't run: node \"\(document.nodes[broken].name)\" is wrong",
                node: output, at: document.nodes[output].position)
        }
        var renumbered = [Int](repeating: -1, count: document.nodes.count)
        var graph = ResolvedGraph(title: document.title, nodes: [], outputs: [], namedOutputs: [], order: [])
        for index in document.nodes.indices where isSound[index] {
            guard let spec = specs[index] else { continue }
            renumbered[index] = graph.nodes.count
            let node = document.nodes[index]
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
    var source: ResolvedGraph.Source? {
        if case .link(let source) = binding { return source }
        return nil
    }
}
