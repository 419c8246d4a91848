internal import Workflows

/// Nodes of a workflow that Darkroom doesn't have, as far as outputs need them.
///
/// Like ComfyUI's server, nothing runs then: nobody should wait for half of what they asked for. `skipsUnknown` asks for that half.
public struct UnknownNodes: Sendable {
    /// Their types, each once, in the order of the file.
    public private(set) var types: [String] = []
    /// Outputs that don't need them.
    public private(set) var ready: [String] = []

    init() {}

    /// - Parameters:
    ///   - graph: the part of the workflow that is right.
    ///   - workflow: what the problems' nodes are in.
    init(_ diagnostics: [Diagnostic], graph: ResolvedGraph?, workflow: ExpandedWorkflow) {
        let nodes = Set(diagnostics.filter { $0.severity == .error && Self.isUnknown($0) }.compactMap(\.node))
        guard !nodes.isEmpty else { return }
        for node in workflow.nodes where nodes.contains(node.name) && !types.contains(node.type) { types.append(node.type) }
        ready = graph?.outputs.compactMap { graph?.nodes[$0].name } ?? []
    }

    /// Whether there are any.
    public var isEmpty: Bool { types.isEmpty }

    private static func isUnknown(_ diagnostic: Diagnostic) -> Bool {
        diagnostic.code == .unknownType || diagnostic.code == .notImplemented
    }

    /// The problems with those of unknown nodes as warnings.
    func skipped(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        diagnostics.map { diagnostic in
            var diagnostic = diagnostic
            if Self.isUnknown(diagnostic), diagnostic.severity == .error {
                diagnostic.severity = .warning
                diagnostic.message += "; it is left out, and what needs it"
            }
            // What can't run for their sake is what the person wants to know now.
            if diagnostic.code == .brokenUpstream { diagnostic.severity = .warning }
            return diagnostic
        }
    }

    /// Why nothing is run because of them.
    public var refusal: SessionError {
        let shown = types.prefix(6).joined(separator: ", ") + (types.count > 6 ? ", …" : "")
        let outputs = ready.prefix(6).joined(separator: ", ") + (ready.count > 6 ? ", …" : "")
        return SessionError(
            .unknownNodes, "nothing is run: the workflow needs nodes that Darkroom doesn't have (\(shown))",
            hint: ready.isEmpty ? "no output can do without them" : "--skip-unknown runs the outputs that don't need them: \(outputs)")
    }
}
