public import Nodes
public import WorkflowEngine
public import Workflows

/// All that a session has to know: nothing is read from the process behind its back.
public struct SessionConfiguration: Sendable {
    public var environment: SessionEnvironment
    public var folders: FolderRules
    public var cache: CacheRules
    public var computing: ComputingRules
    /// Most jobs that wait at a time.
    public var capacity = 10_000
    /// Jobs that have ended and can still be asked for, the latest ones.
    public var rememberedJobs = 1_000
    /// What there is to run. Worker processes always have the standard nodes.
    public var nodes: NodeSource
    /// The program's version, for locks, and for being sure that a worker is the same program.
    public var program: String

    public init(
        program: String, environment: SessionEnvironment, folders: FolderRules = FolderRules(), cache: CacheRules? = nil,
        computing: ComputingRules = ComputingRules(), nodes: NodeSource = .standard
    ) {
        (self.program, self.environment, self.folders) = (program, environment, folders)
        self.cache = cache ?? CacheRules(in: environment)
        (self.computing, self.nodes) = (computing, nodes)
    }
}

/// How a session computes.
public struct ComputingRules: Sendable {
    /// In this process, or in one that may die.
    public enum Place: Sendable {
        case here
        case worker(WorkerRules)
    }

    public var place = Place.here
    /// Threads that compute; `nil`: as many as there are cores. In this process it holds for all of it.
    public var threads: Int?
    /// Bytes for weights and activations; `nil`: three quarters of what there is. In this process it holds for all of it.
    public var memory: Int?

    public init(place: Place = .here, threads: Int? = nil, memory: Int? = nil) {
        (self.place, self.threads, self.memory) = (place, threads, memory)
    }
}

/// What node types there are, and what runs them.
public struct NodeSource: Sendable {
    public var catalog: NodeCatalog
    public var library: @Sendable (NodeServices) -> any NodeLibrary
    /// The files that names in a workflow may mean.
    public var files: @Sendable (NodeServices) -> any FileCatalog

    public init(
        catalog: NodeCatalog, library: @escaping @Sendable (NodeServices) -> any NodeLibrary,
        files: @escaping @Sendable (NodeServices) -> any FileCatalog = { $0 }
    ) {
        (self.catalog, self.library, self.files) = (catalog, library, files)
    }

    /// All nodes of Darkroom.
    public static var standard: NodeSource { NodeSource(catalog: .standard, library: { StandardNodes(services: $0) }) }
}
