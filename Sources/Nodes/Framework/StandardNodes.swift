internal import Diffusion
internal import Foundation
internal import Samplers
internal import Tensors
public import WorkflowEngine
public import Workflows

/// All nodes of Darkroom, with the services they share: what the engine runs.
public struct StandardNodes: NodeLibrary {
    public let services: NodeServices
    private let catalog: NodeCatalog
    private let codecs: ValueCodecs

    public init(services: NodeServices, catalog: NodeCatalog = .standard) {
        self.services = services
        codecs = ValueCodecs(files: services)
        self.catalog = catalog
    }

    public func implementation(of type: String) -> (any NodeImplementation)? {
        guard let node = NodeTable.byType[type] else { return nil }
        let files: [(input: String, kind: String)] = (catalog.spec(type)?.inputs ?? []).compactMap { input in
            guard case .file(let file) = input.kind else { return nil }
            return (input.name, file.folder)
        }
        return NodeAdaptor(node: node.init(), services: services, fileInputs: files)
    }

    public func outputFolder(for kind: OutputFile.Kind) -> String? {
        let folder =
            switch kind {
            case .output: services.output.folder.path
            case .temporary: services.temporary.folder.path
            }
        return URL(fileURLWithPath: folder).standardizedFileURL.path
    }

    public func codec(for typeName: String) -> (any ValueCodec)? { codecs.codec(for: typeName) }

    /// Raised with every change that could give other bits for the same inputs. The same for every instruction set and any
    /// number of threads: the kernels promise the same bits.
    public var numericsVersion: String { Self.numericsVersion(in: .standard) }

    /// The version under which results of a precision are known. The standard one needs no name; any other has its own, so that
    /// results of two precisions are never taken for one another.
    static func numericsVersion(in precision: Precision) -> String {
        let version = "1"
        return precision == .standard ? version : "\(version) in \(precision.identity)"
    }
}

extension NodeCatalog {
    /// The specifications that travel inside the program.
    public static let standard = NodeCatalog(
        EmbeddedNodeSpecs.files, choices: sharedChoices, hintForUnknown: NodePacks.hint)

    /// Lists that specifications name, so that a new sampler or scheduler is a line in one table.
    @Sendable private static func sharedChoices(_ name: String) -> ChoiceList? {
        switch name {
        case "samplers": ChoiceList(Sampler.all.map(\.name), otherNames: SamplerNames.suggestedSamplers)
        case "schedulers": ChoiceList(Scheduler.all.map(\.name), otherNames: SamplerNames.suggestedSchedulers)
        default: nil
        }
    }
}
