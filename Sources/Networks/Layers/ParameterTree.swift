public import Checkpoints
internal import Synchronization
public import Tensors

/// One tensor of a checkpoint as a network uses it.
public struct Parameter: Sendable, Hashable {
    /// What the tensor is to its layer.
    public enum Role: String, Sendable, CaseIterable {
        case linearWeight, gatedWeight, convolutionWeight, normWeight, bias
        /// Rows that are looked up, or added as they are.
        case table
    }

    /// As the network's source spells it: `input_blocks.1.1.proj_in.weight`.
    public var name: String
    public var shape: [Int]
    /// How the source stores it.
    public var dtype: DType
    public var role: Role

    /// The layer it belongs to: the name without its last part.
    public var layer: String { name.lastIndex(of: ".").map { String(name[..<$0]) } ?? "" }
}

/// The parameters of a network, by name: what its layers were assembled from, found by the walk that assembles them.
///
/// So nothing keeps a list of its own of what a network has: loading, training, telling which layers an adapter can change, and finding
/// tensors of a file that no layer wants are the same walk. Names are paths; a part of the network is what lies below a prefix.
public struct ParameterTree: Sendable {
    private let byName: [String: Parameter]

    package init(_ parameters: some Sequence<Parameter>) {
        byName = Dictionary(parameters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The parameters of what is assembled by `assemble`, which gets loaders that read nothing.
    ///
    /// - Throws: `NetworkError` when no network can be assembled from the tensors there are.
    package init(_ assemble: (_ loader: (any TensorSource) -> LayerLoader) throws -> Void) throws {
        let recorder = ParameterRecorder()
        try assemble { LayerLoader(surveying: $0, recorder: recorder) }
        self = recorder.tree
    }

    /// The same tree below a part of a larger one.
    func below(_ part: String) -> [Parameter] {
        parameters.map { parameter in
            var parameter = parameter
            parameter.name = part + "." + parameter.name
            return parameter
        }
    }

    /// In the order of names.
    public var parameters: [Parameter] { byName.values.sorted { $0.name < $1.name } }
    public var count: Int { byName.count }
    /// Numbers in all parameters.
    public var size: Int { byName.values.reduce(0) { $0 + $1.shape.reduce(1, *) } }

    public subscript(name: String) -> Parameter? { byName[name] }

    /// Names of the next parts below a part of the network; empty is the top.
    public func parts(below prefix: String = "") -> [String] {
        let start = prefix.isEmpty ? "" : prefix + "."
        let names = byName.keys.filter { $0.hasPrefix(start) }.map { $0.dropFirst(start.count).prefix { $0 != "." } }
        return Set(names).map(String.init).sorted()
    }

    /// The part of the network below a prefix, under its full names.
    public func part(_ prefix: String) -> ParameterTree { ParameterTree(byName.values.filter { $0.name.hasPrefix(prefix + ".") }) }

    /// Tensors of a directory that no layer of the network uses.
    public func unused(in directory: [String: TensorInfo]) -> [String] { directory.keys.filter { byName[$0] == nil }.sorted() }
}

/// Notes what a loader is asked for.
package final class ParameterRecorder: Sendable {
    private let found = Mutex<[Parameter]>([])

    package init() {}

    func note(_ parameter: Parameter) { found.withLock { $0.append(parameter) } }

    package var tree: ParameterTree { ParameterTree(found.withLock { $0 }) }
}
