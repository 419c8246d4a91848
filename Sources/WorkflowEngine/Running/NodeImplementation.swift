public import Digests
public import Workflows

/// What a node does: a function from input values to output values.
///
/// It may write to the world (a file it reports through `NodeOutputs.files`), but may read it only through its
/// inputs and through what it declares in `externalContents`: whatever the engine didn't see makes a stale
/// result later. No clock, environment or global random number otherwise, unless the spec says `always_runs`.
public protocol NodeImplementation: Sendable {
    /// Computes the outputs, in the order of the spec. Called once per element when an input carries a list.
    ///
    /// Synchronous: the engine runs one node at a time, and each may use all threads. Long work calls
    /// `context.checkCancellation()` between steps.
    func run(_ inputs: NodeInputs, in context: RunContext) throws -> NodeOutputs

    /// Contents from outside that the result depends on: the file behind a name.
    ///
    /// `inputs` holds literals, and linked values of the scalar types; other linked inputs are absent.
    /// Asked before every decision to run or to reuse, so it must be cheap for a file that didn't change.
    /// The default is none.
    func externalContents(_ inputs: NodeInputs, in context: RunContext) throws -> [ExternalContent]

    /// Whether `externalContents` is worth asking. Declare `true` together with it.
    var readsExternalContent: Bool { get }

    /// Of the inputs that the spec calls lazy, those this run needs, given the others.
    ///
    /// Asked again after each answer was evaluated, until nothing new is named. The default asks for all.
    func neededInputs(_ inputs: NodeInputs, lazy: [String]) throws -> [String]
}

extension NodeImplementation {
    public func externalContents(_ inputs: NodeInputs, in context: RunContext) throws -> [ExternalContent] { [] }
    public var readsExternalContent: Bool { false }
    public func neededInputs(_ inputs: NodeInputs, lazy: [String]) throws -> [String] { lazy }
}

/// Something outside the graph that a node's result depends on.
public enum ExternalContent: Sendable, Hashable {
    /// A file, by content. Where `input` names the input that chose it, the content stands in for the name in the
    /// node's key: the same file under another name is the same input.
    case file(input: String?, path: String, digest: Digest)

    /// A setting that isn't an input. Not a folder that files are written to: those are looked for by `NodeLibrary.outputFolder`.
    case setting(name: String, value: String)
}

/// Where implementations come from, by canonical type name.
public protocol NodeLibrary: ImplementedTypes {
    /// The implementation of a type, or `nil` if there is none.
    func implementation(of type: String) -> (any NodeImplementation)?

    /// The codec for values of a type, or `nil` if they are never stored.
    func codec(for typeName: String) -> (any ValueCodec)?

    /// The absolute path of the folder that files of a kind are written to; `nil` when there is none.
    func outputFolder(for kind: OutputFile.Kind) -> String?

    /// Changes whenever the same inputs could give other bits: kernels' order of sums, precision. Part of every key.
    var numericsVersion: String { get }
}

extension NodeLibrary {
    public func isImplemented(_ type: String) -> Bool { implementation(of: type) != nil }
    public func codec(for typeName: String) -> (any ValueCodec)? { nil }
    public func outputFolder(for kind: OutputFile.Kind) -> String? { nil }
}
