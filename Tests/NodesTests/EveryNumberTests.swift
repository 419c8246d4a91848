import Diffusion
import Pictures
import Foundation
import GoldenSupport
import Testing

@testable import Networks
@testable import Nodes
@testable import WorkflowEngine
@testable import Workflows

/// Drives every number of every node over a link: with what the range allows, with what it forbids, and with what is no number.
///
/// Runs in processes of their own, so that a trap ends one of these and names the node instead of ending the tests.
@Suite("Every number of every node", .serialized) struct EveryNumberTests {
    static let shards = 4

    @Test("is answered or refused, in bounded time and memory, and never traps", arguments: 0..<shards)
    func everyNumber(shard: Int) async throws {
        let diary = FileManager.default.temporaryDirectory.appending(
            path: "every-number-\(ProcessInfo.processInfo.processIdentifier)-\(shard)"
        )
        .path
        defer { try? FileManager.default.removeItem(atPath: diary) }
        for recipe in NumberProbe.recipes { try RecipeModels.make(recipe) }
        await #expect(processExitsWith: .success) { [shard = shard as Int, diary = diary as String] in
            try await NumberProbe(diary: diary).drive(shard: shard, of: EveryNumberTests.shards)
        }
        // What the process was at when it ended: left behind by a trap only.
        let last = (try? String(contentsOfFile: diary, encoding: .utf8)) ?? ""
        #expect(last == "done", "the process ended at \(last)")
    }
}

/// The nodes with everything they need to run, in miniature.
struct NumberProbe {
    static let recipes = [
        "sd1-mini", "controlnet-mini", "style-mini", "vision-mini", "photomaker-mini", "upscale-compact", "lora-kohya", "unclip-mini",
        "vae-mini",
    ]

    /// Where what is being done is written, for whoever finds the process dead.
    let diary: String
    let folder: TemporaryFolder
    let services: NodeServices
    private let catalog = NodeCatalog.standard

    init(diary: String) throws {
        self.diary = diary
        folder = try TemporaryFolder()
        services = NodeServices(
            models: ModelFolders(roots: [
                RecipeModels.modelsFolder.path, RecipeModels.recipesFolder.deletingLastPathComponent().path + "/models",
            ]),
            input: folder.path + "/in", output: folder.path + "/out", temporary: folder.path + "/temporary")
        try FileManager.default.createDirectory(atPath: folder.path + "/in", withIntermediateDirectories: true)
    }

    func drive(shard: Int, of shards: Int) async throws {
        // Sizes that fit a large machine only are refused, here as on a small one.
        MemoryBudget.limit = 1 << 28
        let standIns = try await standIns()
        let types = NodeTable.byType.keys.sorted()
        for (place, type) in types.enumerated() where place % shards == shard {
            guard let spec = catalog.spec(type) else { continue }
            for input in spec.inputs {
                for value in Self.values(for: input.kind) { try await attempt(spec, input, value, standIns) }
            }
        }
        try "done".write(toFile: diary, atomically: true, encoding: .utf8)
    }

    // MARK: Values

    private static func values(for kind: InputSpec.Kind) -> [Scalar] {
        var numbers: [Scalar] = [
            .integer(.signed(0)), .integer(.signed(-1)), .integer(.signed(.min)), .integer(.signed(.max)), .integer(.unsigned(.max)),
            .float(0.5), .float(1e300), .float(-1e300), .float(.nan), .float(.infinity), .float(-.infinity),
        ]
        switch kind {
        case .integer(let spec):
            for bound in [spec.min, spec.max] {
                guard let bound else { continue }
                for number in [bound, bound.moved(by: -1), bound.moved(by: 1)].compactMap({ $0 }) { numbers.append(.integer(number)) }
            }
        case .float(let spec):
            for bound in [spec.min, spec.max] {
                guard let bound else { continue }
                for number in [bound, bound - 1, bound + 1, bound.nextUp, bound.nextDown] { numbers.append(.float(number)) }
            }
        case .socket(let type):
            guard type.accepts(PortType("INT")) || type.accepts(PortType("FLOAT")) else { return [] }
        case .boolean: break
        case .string, .choice, .file: return []
        }
        return numbers
    }

    private static func isAllowed(_ value: Scalar, _ kind: InputSpec.Kind) -> Bool {
        switch (kind, value) {
        case (.integer(let spec), .integer(let number)):
            return (spec.min.map { $0 <= number } ?? true) && (spec.max.map { number <= $0 } ?? true)
        case (.integer, .float(let number)):
            guard let whole = IntegerLiteral(whole: number) else { return false }
            return isAllowed(.integer(whole), kind)
        case (.float(let spec), .float(let number)):
            return number.isFinite && (spec.min.map { $0 <= number } ?? true) && (spec.max.map { number <= $0 } ?? true)
        case (.float, .integer(let number)): return isAllowed(.float(number.double), kind)
        default: return true
        }
    }

    // MARK: One try

    private func attempt(_ spec: NodeSpec, _ input: InputSpec, _ value: Scalar, _ standIns: [String: any WorkflowValue]) async throws {
        let allowed = Self.isAllowed(value, input.kind)
        let here = "\(spec.type).\(input.name) = \(value)"
        try here.write(toFile: diary, atomically: true, encoding: .utf8)
        // What is allowed goes alone, what isn't as the second of two: the first call may then go well, the second must not.
        let single = try await run(spec, input, [value.value], standIns)
        guard !allowed else { return }
        #expect(single?.contains("input \"\(input.name)\": ") == true, "\(here): \(single ?? "ran")")
        guard let good = standIn(for: input, standIns), Scalar(good) != nil, spec.inputIsList else { return }
        let second = try await run(spec, input, [good, value.value], standIns)
        #expect(second?.contains("input \"\(input.name)\", element 1: ") == true, "\(here) as an element: \(second ?? "ran")")
    }

    /// Runs one node with a value that comes over a link; gives the message of its failure.
    private func run(
        _ spec: NodeSpec, _ probed: InputSpec, _ values: [any WorkflowValue], _ standIns: [String: any WorkflowValue]
    ) async throws -> String? {
        try await report(of: spec, probed, values, standIns).nodes.first { $0.label.name == "probed" }?.failure?.message
    }

    /// Runs one node on stand-ins, with an input that gets something else if one is named. Its values are in the report as "probed".
    func report(
        of spec: NodeSpec, _ probed: InputSpec?, _ values: [any WorkflowValue], _ standIns: [String: any WorkflowValue]
    ) async throws -> RunReport {
        var library = ProbeLibrary(base: StandardNodes(services: services))
        var graph = ResolvedGraph(title: nil, nodes: [], outputs: [], namedOutputs: [], order: [])
        func link(_ values: [any WorkflowValue]) -> ResolvedGraph.Binding {
            let type = "Probe \(graph.nodes.count)"
            library.values[type] = values
            let source = NodeSpec(type: type, outputs: [OutputSpec(name: "value", type: .any, isList: true)], alwaysRuns: true)
            graph.nodes.append(.init(name: type, title: type, spec: source, inputs: [], position: nil))
            return .link(.init(node: graph.nodes.count - 1, output: 0))
        }
        var inputs: [ResolvedGraph.Input] = []
        for input in spec.inputs {
            if input.name == probed?.name {
                inputs.append(.init(name: input.name, binding: link(values), isLazy: input.isLazy))
            } else if let value = standIn(for: input, standIns), !Self.isTooMuch(input, of: spec) {
                let binding = Scalar(value).map { ResolvedGraph.Binding.literal($0) } ?? link([value])
                inputs.append(.init(name: input.name, binding: binding, isLazy: input.isLazy))
            }
        }
        graph.nodes.append(.init(name: "probed", title: "probed", spec: spec, inputs: inputs, position: nil))
        graph.order = Array(graph.nodes.indices)
        graph.outputs = [graph.nodes.count - 1]
        var options = RunOptions(workflow: "probe")
        options.wantsValues = probed == nil
        let run = try Engine(library: library, cache: ResultCache(memoryBudget: 0)).start(graph, options: options)
        // Whoever wants the values waits for them.
        if probed == nil { return await run.report }
        // Thousands of steps are allowed; a few of them show whether they can be taken.
        let watch = Task {
            try await Task.sleep(for: .milliseconds(500))
            run.cancel()
        }
        let report = await run.report
        watch.cancel()
        return report
    }

    // MARK: Stand-ins

    /// A whole model to decompose takes minutes; without one the node is asked just the same.
    private static func isTooMuch(_ input: InputSpec, of spec: NodeSpec) -> Bool {
        guard spec.type == "LoraSave", case .socket = input.kind else { return false }
        return true
    }

    /// What an input gets while another one is tried: its default, or a small value of its type.
    private func standIn(for input: InputSpec, _ standIns: [String: any WorkflowValue]) -> (any WorkflowValue)? {
        switch input.kind {
        case .integer(let spec):
            // Few steps and small sizes show as much as many and large ones.
            let small: [String: Int64] = ["steps": 2, "width": 64, "height": 64, "end_at_step": 2, "tile_size": 64]
            if let number = small[input.name].map({ IntegerLiteral($0) }), Self.isAllowed(.integer(number), input.kind) {
                return number.value
            }
            return (spec.default ?? spec.min ?? .signed(1)).value
        case .float(let spec): return spec.default ?? spec.min ?? 1
        case .string(let spec): return spec.default ?? (input.isOptional ? nil : "a")
        case .boolean(let fallback): return fallback ?? false
        case .choice(let spec): return spec.default ?? spec.choices.first
        case .file(let spec): return Self.files[spec.folder] ?? spec.default ?? spec.choices.first
        case .socket(let type):
            if input.isOptional, type.isWildcard { return nil }
            return type.names.compactMap { standIns[$0] }.first ?? (type.accepts(PortType("INT")) ? Int64(1) : nil)
        }
    }

    private static let files = [
        "checkpoints": "sd1-mini.safetensors", "loras": "kohya.safetensors", "controlnet": "control-mini.safetensors",
        "style_models": "style-mini.safetensors", "clip_vision": "vision-mini.safetensors", "photomaker": "photomaker-mini.safetensors",
        "upscale_models": "compact-x4.safetensors", "vae": "vae-mini.safetensors", "hypernetworks": "hyper-mini.pt",
        "input": "picture.png", "output": "picture.png",
    ]

    /// A small value of every type that a node gives, by type.
    func standIns() async throws -> [String: any WorkflowValue] {
        let text = """
            nodes:
              base: {type: CheckpointLoaderSimple, ckpt_name: sd1-mini.safetensors}
              text: {type: CLIPTextEncode, clip: base, text: a tree}
              latent: {type: EmptyLatentImage, width: 64, height: 64}
              image: {type: EmptyImage, width: 64, height: 64}
              mask: {type: SolidMask, width: 64, height: 64}
              control: {type: ControlNetLoader, control_net_name: control-mini.safetensors}
              style: {type: StyleModelLoader, style_model_name: style-mini.safetensors}
              vision: {type: CLIPVisionLoader, clip_name: vision-mini.safetensors}
              seen: {type: CLIPVisionEncode, clip_vision: vision, image: image}
              upscale: {type: UpscaleModelLoader, model_name: compact-x4.safetensors}
              photomaker: {type: PhotoMakerLoader, photomaker_model_name: photomaker-mini.safetensors}
              sigmas: {type: BasicScheduler, model: base, steps: 2}
              noise: {type: RandomNoise}
              sampler: {type: KSamplerSelect, sampler_name: euler}
              guider: {type: CFGGuider, model: base, positive: text, negative: text}
              hooks: {type: CreateHookLora, lora_name: kohya.safetensors}
              keyframe: {type: CreateHookKeyframe}
              operation: {type: LatentOperationTonemapReinhard}
            """
        let library = StandardNodes(services: services)
        let document = try #require(DocumentReader(catalog: catalog).read(text: text, name: "stand-ins").document)
        let names = document.nodes.map(\.name)
        let resolution = Resolver(catalog: catalog, files: services, library: library).resolve(document, targets: names)
        let graph = try #require(resolution.graph, "\(resolution.diagnostics)")
        var options = RunOptions()
        options.wantsValues = true
        let report = try await Engine(library: library).run(graph, options: options)
        var found: [String: any WorkflowValue] = [:]
        for node in report.nodes {
            if let failure = node.failure { Issue.record("\(failure)") }
            for value in (report.values[node.label.name] ?? []).joined() where found[value.typeName] == nil {
                found[value.typeName] = value
            }
        }
        if let image = found["IMAGE"] as? Image {
            for folder in [services.input.input, services.output.folder] {
                try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
                try Data(PNGWriter.encode(image)).write(to: URL(fileURLWithPath: folder.path + "/picture.png"))
            }
        }
        return found
    }
}

extension IntegerLiteral {
    /// The neighbour, if 64 bits hold it.
    fileprivate func moved(by step: Int64) -> IntegerLiteral? {
        switch self {
        case .signed(let number):
            let (sum, overflow) = number.addingReportingOverflow(step)
            return overflow ? (step > 0 ? .unsigned(UInt64(Int64.max) + 1) : nil) : .signed(sum)
        case .unsigned(let number):
            if step < 0 { return IntegerLiteral(number - 1) }
            return number == .max ? nil : .unsigned(number + 1)
        }
    }
}

/// The real nodes, and sources that give what they are told.
private struct ProbeLibrary: NodeLibrary {
    let base: StandardNodes
    var values: [String: [any WorkflowValue]] = [:]
    var numericsVersion: String { base.numericsVersion }

    func implementation(of type: String) -> (any NodeImplementation)? {
        values[type].map { Source(values: $0) } ?? base.implementation(of: type)
    }

    private struct Source: NodeImplementation {
        let values: [any WorkflowValue]
        func run(_ inputs: NodeInputs, in context: RunContext) throws -> NodeOutputs { NodeOutputs([.list(values)]) }
    }
}
