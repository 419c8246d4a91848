public import Formats

/// A workflow that makes sense: canonical types, every input bound, links checked, no cycles.
///
/// Holds every valid node in document order; which of them run is decided by what `outputs` need. It is a value through and
/// through: it can be compared, written down, and run by another process of the same version.
public struct ResolvedGraph: Sendable, Equatable, Codable {
    public var title: String?
    public var nodes: [Node]
    /// Where evaluation starts: output nodes in document order, or the nodes that were asked for.
    public var outputs: [Int]
    /// What the workflow gives under a name.
    public var namedOutputs: [NamedOutput]
    /// Indices of `nodes` such that sources come before what uses them.
    public var order: [Int]
    /// Whether numbers must lie in the range a person may choose, however they come. Nodes cope with more than that.
    public var checksRanges = true

    public struct Node: Sendable, Equatable, Codable {
        public var name: String
        /// What a person calls it: its title, or its name.
        public var title: String
        public var spec: NodeSpec
        /// The inputs that are present, in the order of the specification.
        public var inputs: [Input]
        public var position: SourcePosition?
    }

    public struct Input: Sendable, Equatable, Codable {
        public var name: String
        public var binding: Binding
        public var isLazy: Bool

        public init(name: String, binding: Binding, isLazy: Bool = false) {
            self.name = name
            self.binding = binding
            self.isLazy = isLazy
        }
    }

    public enum Binding: Sendable, Equatable, Codable {
        case literal(Scalar)
        case link(Source)
    }

    /// An output of a node, by indices.
    public struct Source: Sendable, Hashable, Codable {
        public var node: Int
        public var output: Int

        public init(node: Int, output: Int) {
            self.node = node
            self.output = output
        }
    }

    public struct NamedOutput: Sendable, Equatable, Codable {
        public var name: String
        public var source: Source
    }

    /// The node of this name.
    public func index(of name: String) -> Int? { nodes.firstIndex { $0.name == name } }

    /// `node.OUTPUT`, as people write it.
    public func text(of source: Source) -> String {
        let node = nodes[source.node]
        guard node.spec.outputs.count != 1, node.spec.outputs.indices.contains(source.output) else { return node.name }
        return "\(node.name).\(node.spec.outputs[source.output].name)"
    }
}
