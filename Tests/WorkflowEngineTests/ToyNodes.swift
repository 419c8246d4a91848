import Digests
import Formats
import Foundation
import Synchronization

import ToySpecs
@testable import WorkflowEngine
@testable import Workflows

/// Bytes that count how many of their kind are alive.
struct Blob: WorkflowValue, Equatable {
    final class Storage: Sendable {
        let bytes: [UInt8]
        let census: Census?
        init(_ bytes: [UInt8], census: Census?) {
            self.bytes = bytes
            self.census = census
            census?.alive.add(1, ordering: .relaxed)
        }
        deinit { census?.alive.subtract(1, ordering: .relaxed) }
    }
    final class Census: Sendable {
        let alive = Atomic<Int>(0)
        let most = Atomic<Int>(0)
    }
    let storage: Storage
    init(_ bytes: [UInt8], census: Census? = nil) { storage = Storage(bytes, census: census) }
    var typeName: String { "BLOB" }
    var byteCount: Int { storage.bytes.count }
    func feed(into digest: inout DigestBuilder) {
        storage.bytes.withUnsafeBytes { digest.add(bytes: $0) }
    }
    static func == (a: Blob, b: Blob) -> Bool { a.storage.bytes == b.storage.bytes }
}

struct BlobCodec: ValueCodec {
    var typeName: String { "BLOB" }
    func encode(_ value: any WorkflowValue) throws -> StoredValue? {
        guard let blob = value as? Blob else { return nil }
        return StoredValue(
            fields: ["kind": "blob"],
            tensors: [
                StoredTensor(name: "bytes", dtype: .uint8, shape: [blob.byteCount], byteCount: blob.byteCount) { lend in
                    try blob.storage.bytes.withUnsafeBytes { try lend($0) }
                }
            ])
    }
    func decode(_ stored: StoredValue) throws -> any WorkflowValue {
        var bytes: [UInt8] = []
        try stored.tensor("bytes")?.withBytes { bytes = Array($0) }
        return Blob(bytes)
    }
}

/// Something that is never stored: what a checkpoint is to the real nodes.
struct Recipe: WorkflowValue {
    var content: String
    var typeName: String { "RECIPE" }
    var byteCount: Int { 64 }
    func feed(into digest: inout DigestBuilder) { digest.add(content) }
}

struct ToyError: Error, CustomStringConvertible { var description: String }

/// A folder of files that toys read and write.
final class ToyWorld: Sendable {
    let folder: URL
    /// Names of the nodes that ran, in order.
    let log = Mutex<[String]>([])
    let chance = Atomic<Int>(0)
    /// Steps that `Walk` took.
    let steps = Atomic<Int>(0)
    let blobs = Blob.Census()
    /// Called at every step of `Steps`.
    let onStep = Mutex<(@Sendable (Int) -> Void)?>(nil)

    init() {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("toys-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func write(_ text: String, to name: String) throws {
        try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
    func read(_ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
}

struct ToyLibrary: NodeLibrary {
    let world: ToyWorld
    var numericsVersion = "toy-1"

    func codec(for typeName: String) -> (any ValueCodec)? { typeName == "BLOB" ? BlobCodec() : nil }

    func outputFolder(for kind: OutputFile.Kind) -> String? { world.folder.path }

    func implementation(of type: String) -> (any NodeImplementation)? {
        toySpecs.types.contains(type) ? ToyNode(type: type, world: world) : nil
    }
}

struct ToyNode: NodeImplementation {
    let type: String
    let world: ToyWorld

    func run(_ inputs: NodeInputs, in context: RunContext) throws -> NodeOutputs {
        world.log.withLock { $0.append(context.node) }
        let alive = world.blobs.alive.load(ordering: .relaxed)
        world.blobs.most.max(alive, ordering: .relaxed)
        switch type {
        case "Number":
            if inputs["value"] as? Int64 == 13 { context.warn("thirteen") }
            return .of(inputs["value"] ?? Int64(0))
        case "Add": return .of(try inputs.integer("a") &+ inputs.integer("b"))
        case "Halve":
            let value = try inputs.integer("value")
            return .of(value / 2, value % 2)
        case "Concatenate":
            let separator = ["none": "", "blank": " ", "comma": ","][try inputs.string("separator")] ?? ""
            let parts = [try inputs.string("first"), try inputs.string("second"), try inputs.optional("third", as: String.self)]
            return .of(parts.compactMap { $0 }.joined(separator: separator))
        case "Fail": throw ToyError(description: "made to fail")
        case "Steps":
            let steps = try inputs.int("steps")
            for step in 1...steps {
                try context.checkCancellation()
                context.progress(step, of: steps)
                world.onStep.withLock { $0 }?(step)
            }
            return .of(Int64(steps))
        case "Walk":
            // Leaves its state behind whenever it may, as a sampler does.
            let steps = try inputs.int("steps")
            var state = [UInt8(truncatingIfNeeded: try inputs.integer("seed"))], done = 0
            if let stored = context.resumePoint?.stored(), let tensor = stored.tensor("state") {
                try tensor.withBytes { state = Array($0) }
                done = Int(stored.fields["step"] ?? "") ?? 0
            }
            while done < steps {
                try context.checkCancellation()
                state.append(state[done] &* 31 &+ UInt8(truncatingIfNeeded: done))
                done += 1
                world.steps.add(1, ordering: .relaxed)
                world.onStep.withLock { $0 }?(done)
                if let point = context.resumePoint, point.isDue {
                    let now = state
                    point.store(
                        StoredValue(
                            fields: ["step": "\(done)"],
                            tensors: [
                                StoredTensor(name: "state", dtype: .uint8, shape: [now.count], byteCount: now.count) { lend in
                                    try now.withUnsafeBytes { try lend($0) }
                                }
                            ]))
                }
            }
            return .of(Blob(state))
        case "Range": return NodeOutputs([.list((0..<(try inputs.int("count"))).map { Int64($0) })])
        case "Sum":
            let factor = inputs.list("factor").compactMap { $0 as? Int64 }.first ?? 1
            return .of(inputs.list("values").compactMap { $0 as? Int64 }.reduce(0, +) * factor)
        case "Switch":
            return .of(inputs[try inputs.boolean("choose") ? "on_true" : "on_false"] ?? AbsentValue())
        case "Block":
            let value = try inputs.integer("value")
            return NodeOutputs([value < 0 ? .blocked(message: "negative") : .value(value)])
        case "Chance": return .of(Int64(world.chance.add(1, ordering: .relaxed).newValue))
        case "ReadFile": return .of(try world.read(try inputs.string("file")))
        case "WriteFile":
            let name = "\(try inputs.string("name"))-\(context.listIndex).txt"
            try world.write("\(inputs["value"].map { "\($0)" } ?? "")", to: name)
            return NodeOutputs(files: [OutputFile(path: world.path(name))])
        case "Show": return NodeOutputs(texts: ["\(inputs["value"].map { "\($0)" } ?? "")"])
        case "Blob":
            let seed = UInt8(truncatingIfNeeded: try inputs.integer("seed"))
            return .of(Blob([UInt8](repeating: seed, count: try inputs.int("size")), census: world.blobs))
        case "MixBlobs":
            let a: Blob = try inputs.value("a"), b = try inputs.optional("b", as: Blob.self)
            let amount = UInt8(try inputs.double("amount") * 100)
            return .of(
                Blob(
                    a.storage.bytes.enumerated().map { index, byte in
                        byte &+ amount &* (b.map { $0.storage.bytes.isEmpty ? 0 : $0.storage.bytes[index % $0.storage.bytes.count] } ?? 0)
                    }, census: world.blobs))
        case "Measure":
            let blob: Blob = try inputs.value("blob")
            return .of(Int64(blob.storage.bytes.reduce(0) { $0 &+ Int($1) }))
        case "LoadRecipe": return .of(Recipe(content: try world.read(try inputs.string("file"))), "note")
        case "Cook":
            let recipe: Recipe = try inputs.value("recipe")
            return .of(Blob(Array(recipe.content.utf8) + [UInt8(truncatingIfNeeded: try inputs.integer("seed"))]))
        default: throw ToyError(description: "no toy \(type)")
        }
    }

    var readsExternalContent: Bool { ["ReadFile", "LoadRecipe"].contains(type) }

    func externalContents(_ inputs: NodeInputs, in context: RunContext) throws -> [ExternalContent] {
        let name = try inputs.string("file")
        return [.file(input: "file", path: name, digest: .of(try world.read(name)))]
    }

    func neededInputs(_ inputs: NodeInputs, lazy: [String]) throws -> [String] {
        guard type == "Switch" else { return lazy }
        return [try inputs.boolean("choose") ? "on_true" : "on_false"]
    }
}

/// Runs workflow texts and says what ran.
struct ToyEngine {
    let world: ToyWorld
    let engine: Engine
    var files = ToyFiles(folders: ["input": ["a.txt", "b.txt"], "models": ["m.bin", "n.bin"]])

    init(memoryBudget: Int = 1 << 30, disk: DiskCache? = nil, numerics: String = "toy-1") {
        world = ToyWorld()
        engine = Engine(
            library: ToyLibrary(world: world, numericsVersion: numerics),
            cache: ResultCache(memoryBudget: memoryBudget, disk: disk))
    }

    /// With a folder of its own.
    init(cache: ResultCache) {
        world = ToyWorld()
        engine = Engine(library: ToyLibrary(world: world), cache: cache)
    }

    init(sharing other: ToyEngine, cache: ResultCache, numerics: String = "toy-1") {
        world = other.world
        engine = Engine(library: ToyLibrary(world: other.world, numericsVersion: numerics), cache: cache)
    }

    struct Outcome {
        var report: RunReport
        /// Nodes that ran, in order.
        var ran: [String]
        func reason(_ node: String) -> RunReason? { report.nodes.first { $0.label.name == node }?.reason }
        func status(_ node: String) -> RunReport.Status? { report.nodes.first { $0.label.name == node }?.status }
        /// The first element of an output.
        func value(_ node: String, _ output: Int = 0) -> (any WorkflowValue)? { report.values[node]?[output].first }
    }

    /// Starts a run that is cancelled by a node at its step.
    func start(_ graph: ResolvedGraph, cancelledAt step: Int, options: RunOptions = RunOptions(workflow: "toy")) throws -> WorkflowRun {
        let started = StartedRun()
        world.onStep.withLock { handler in
            handler = { done in
                guard done == step else { return }
                started.wait().cancel()
            }
        }
        let run = try engine.start(graph, options: options)
        started.run.withLock { $0 = run }
        return run
    }

    /// The run, for nodes that are faster than the test that started them.
    private final class StartedRun: Sendable {
        let run = Mutex<WorkflowRun?>(nil)
        func wait() -> WorkflowRun {
            while true {
                if let run = run.withLock({ $0 }) { return run }
                usleep(100)
            }
        }
    }

    func graph(_ text: String, set: [String: String] = [:], targets: [String]? = nil) throws -> ResolvedGraph {
        let reading = DocumentReader().read(text: text, name: "toy.yaml")
        guard let document = reading.document else { throw ToyError(description: "\(reading.diagnostics)") }
        let assignments = set.sorted { $0.key < $1.key }.compactMap { Assignment("\($0.key)=\($0.value)") }
        let resolution = Resolver(catalog: toySpecs, files: files).resolve(document, setting: assignments, targets: targets)
        let problems = reading.diagnostics + resolution.diagnostics
        guard let graph = resolution.graph, !problems.hasErrors else { throw ToyError(description: "\(problems)") }
        return graph
    }

    func run(
        _ text: String, set: [String: String] = [:], targets: [String]? = nil, wantsValues: Bool = true,
        change: (inout RunOptions) -> Void = { _ in }
    ) async throws -> Outcome {
        world.log.withLock { $0 = [] }
        var options = RunOptions(workflow: "toy")
        options.wantsValues = wantsValues
        change(&options)
        let report = try await engine.run(try graph(text, set: set, targets: targets), options: options)
        return Outcome(report: report, ran: world.log.withLock { $0 })
    }
}
