public import WorkflowEngine

/// One node type: the glue between the engine's graph and a function of `Diffusion` or `Pictures`.
///
/// To add one: a file in `NodeSpecs`, a type that conforms to this, a line in its folder's list. Inputs arrive checked
/// against the specification (type, range, choice), with defaults filled in.
public protocol Node: Sendable {
    /// The canonical class name. By default the name of the Swift type.
    static var type: String { get }

    init()

    /// Computes the outputs, in the order of the specification. Synchronous; may use all threads.
    ///
    /// Long work calls `context.checkCancellation()` between steps and tells `context.progress`.
    func run(_ inputs: NodeInputs, in context: NodeContext) throws -> NodeOutputs

    /// What the result depends on beside the inputs and the files that `files:` inputs name, which are known already:
    /// files named inside a text, the folder that is written to.
    ///
    /// Only literals and linked numbers and texts are among `inputs` here. The default is nothing.
    func externalContents(_ inputs: NodeInputs, in services: NodeServices) throws -> [ExternalContent]

    /// Whether `externalContents` is worth asking. Declare `true` together with it.
    var readsExternalContent: Bool { get }

    /// Of the inputs that the specification calls lazy, those needed, given the others.
    func neededInputs(_ inputs: NodeInputs, lazy: [String]) throws -> [String]
}

extension Node {
    // `String(describing:)` looks for conformances first, which for hundreds of types takes half of a program's start.
    public static var type: String { _typeName(Self.self, qualified: false) }
    public func externalContents(_ inputs: NodeInputs, in services: NodeServices) throws -> [ExternalContent] { [] }
    public var readsExternalContent: Bool { false }
    public func neededInputs(_ inputs: NodeInputs, lazy: [String]) throws -> [String] { lazy }
}

/// What a node may use while it runs: the folders and stores of the process, and the run it is part of.
public struct NodeContext: Sendable {
    public let services: NodeServices
    public let run: RunContext

    public init(services: NodeServices, run: RunContext) {
        self.services = services
        self.run = run
    }

    /// - Throws: `CancellationError` when the run was asked to stop.
    public func checkCancellation() throws { try run.checkCancellation() }

    /// Tells how far the node is: `step` of `of` done.
    public func progress(_ step: Int, of: Int) { run.progress(step, of: of) }

    /// Something the person should know, though the node goes on.
    public func warn(_ message: String) { run.warn(message) }

    /// The file that a `files:` input names.
    ///
    /// - Parameters:
    ///   - name: what the workflow says.
    ///   - kind: folder kind, as in the specification: `checkpoints`, `loras`, `input` …
    /// - Throws: `NodeError.Code.missingFile`, or `.outsideFolder` for a name that leads out.
    public func path(of name: String, kind: String) throws -> String {
        try services.path(of: name, kind: kind)
    }
}
