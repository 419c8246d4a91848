import ArgumentParser
import Foundation
import WorkflowEngine
import Workflows

/// Times the engine alone: graphs of nodes that do next to nothing, resolved, planned and run.
///
/// Every node adds two numbers, from the node before and from the one half as far from the start. The variants differ in what is
/// kept: nothing, results in memory, results on disk (a first run into an empty folder), and the same again in a new process, where
/// everything is reused.
struct EngineBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine", abstract: "Times graphs of trivial nodes: the engine's own cost for each.")

    @Option(help: "Sizes of the graphs, in nodes.") var nodes: [Int] = [1000, 10_000, 100_000]
    @Option(help: ArgumentHelp("Only this variant: none, memory, disk, again.", valueName: "name")) var only: Variant?
    @Option(help: .hidden) var again: String?

    enum Variant: String, CaseIterable, ExpressibleByArgument {
        case none, memory, disk, again

        var title: String {
            switch self {
            case .none: "no cache"
            case .memory: "memory only"
            case .disk: "disk, first run"
            case .again: "disk, again in a new process"
            }
        }
    }

    func validate() throws {
        guard nodes.allSatisfy({ (2...10_000_000).contains($0) }) else { throw ValidationError("--nodes wants 2 to 10000000") }
    }

    func run() async throws {
        if let again {
            for count in nodes { try await time(.again, count, cache: ResultCache(disk: DiskCache(folder: again))) }
            return
        }
        print(
            "\(left("microseconds per node", 30))\(right("nodes", 9))\(right("resolve", 9))\(right("plan", 9))\(right("run", 9))\(right("ran", 9))"
        )
        if only == nil { for count in nodes where count <= 10_000 { try sweep(count) } }
        for variant in Variant.allCases where variant != .again && (only ?? variant) == variant || only == .again && variant == .disk {
            for count in nodes { try await measure(variant, count) }
        }
    }

    /// A sweep of a thousand points over one seed: each resolved from the beginning, and from what the first came to.
    private func sweep(_ count: Int) throws {
        let document = Self.document(count)
        let resolver = Resolver(catalog: Self.catalog, files: AnyFileCatalog())
        let points = (0..<1000).map { [Assignment(target: "n0.a", value: .number(String($0)))] }
        var whole = Measurement(), variations = Measurement()
        whole.run { for point in points.prefix(100) { _ = resolver.resolve(document, setting: point).graph } }
        let first = resolver.resolve(document)
        variations.run { for point in points { _ = resolver.resolve(document, setting: point, after: first).graph } }
        let each = [whole.bestWall / 100, variations.bestWall / 1000].map { decimal($0 * 1e6, 0) }
        print("a point of a sweep, \(count) nodes: \(each[0]) µs from the beginning, \(each[1]) µs as a variation")
        fflush(nil)
    }

    private func measure(_ variant: Variant, _ count: Int) async throws {
        switch variant {
        case .none: try await time(variant, count, cache: ResultCache(memoryBudget: 0))
        case .memory: try await time(variant, count, cache: ResultCache())
        case .disk, .again:
            let folder = FileManager.default.temporaryDirectory.appending(path: "darkroom-engine-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            try await time(.disk, count, cache: ResultCache(disk: DiskCache(folder: folder.path)))
            fflush(nil)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            process.arguments = ["engine", "--nodes", "\(count)", "--again", folder.path]
            try process.run()
            process.waitUntilExit()
        }
    }

    private func time(_ variant: Variant, _ count: Int, cache: ResultCache) async throws {
        let document = Self.document(count)
        var resolving = Measurement(), planning = Measurement()
        var found: Resolver.Resolution?
        resolving.run { found = Resolver(catalog: Self.catalog, files: AnyFileCatalog()).resolve(document) }
        guard let graph = found?.graph else {
            throw ValidationError("the graph doesn't resolve: \(found?.diagnostics.first?.message ?? "")")
        }
        let engine = Engine(library: Additions(), cache: cache)
        planning.run { _ = engine.plan(graph, options: RunOptions(workflow: "benchmark")) }
        let report = try await engine.run(graph, options: RunOptions(workflow: "benchmark"))
        let cost = [resolving.bestWall, planning.bestWall, report.seconds].map { right(decimal($0 * 1e6 / Double(count), 1), 9) }
        print("\(left(variant.title, 30))\(right("\(count)", 9))\(cost.joined())\(right("\(report.count(.ran))", 9))")
        fflush(nil)
    }

    private static func document(_ count: Int) -> WorkflowDocument {
        var document = WorkflowDocument(form: .api)
        for index in 0..<count {
            var node = WorkflowDocument.Node(name: "n\(index)", type: index == count - 1 ? "Show" : "Add")
            if index == 0 {
                node.inputs.append(.init(name: "a", value: .number("1")))
            } else {
                node.inputs.append(.init(name: "a", value: .link(.slot(node: "n\(index - 1)", 0))))
            }
            if index < count - 1 {
                node.inputs.append(.init(name: "b", value: index > 1 ? .link(.slot(node: "n\(index / 2)", 0)) : .number("1")))
            }
            document.nodes.append(node)
        }
        return document
    }

    private static let catalog = NodeCatalog(texts: [
        ("Add", "type: Add\ncategory: toys\ninputs:\n  a: {type: INT}\n  b: {type: INT, default: 0}\noutputs: [{name: INT, type: INT}]"),
        ("Show", "type: Show\ncategory: toys\noutput_node: true\ninputs:\n  a: {type: INT}\noutputs: []"),
    ])

    private struct Additions: NodeLibrary {
        let numericsVersion = "1"
        func implementation(of type: String) -> (any NodeImplementation)? { type == "Add" ? Add() : Show() }
    }

    private struct Add: NodeImplementation {
        func run(_ inputs: NodeInputs, in context: RunContext) throws -> NodeOutputs {
            .of(try inputs.integer("a") &+ inputs.integer("b") &+ 1)
        }
    }

    private struct Show: NodeImplementation {
        func run(_ inputs: NodeInputs, in context: RunContext) throws -> NodeOutputs {
            NodeOutputs(texts: ["\(try inputs.integer("a"))"])
        }
    }
}
