import Digests
import Foundation
import Synchronization
import Testing

@testable import WorkflowEngine

/// A random workflow as data, so that it can be edited at random and computed by hand.
private struct RandomGraph {
    struct Node {
        var type: String
        var literals: [String: Int]
        /// Input name → index of an earlier node.
        var links: [String: Int]
        /// The file it reads.
        var file: String?
    }
    var nodes: [Node] = []
    /// What is in the files.
    var files = ["a.txt": "0", "b.txt": "1"]
    var random: SystemLike

    /// A small generator with a seed, so that a failure can be repeated.
    struct SystemLike: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    init(seed: UInt64) {
        random = SystemLike(state: seed)
        for _ in 0..<Int.random(in: 1...14, using: &random) { addNode() }
    }

    /// What gives what.
    enum Kind { case number, blob, text }
    static let kinds: [String: Kind] = [
        "Number": .number, "Add": .number, "Measure": .number, "Halve": .number, "Blob": .blob, "MixBlobs": .blob, "ReadFile": .text,
        "Concatenate": .text,
    ]
    static let separators = ["none": "", "blank": " ", "comma": ","]

    mutating func addNode() {
        let numbers = nodes.indices.filter { Self.kinds[nodes[$0].type] == .number }
        let blobs = nodes.indices.filter { Self.kinds[nodes[$0].type] == .blob }
        let texts = nodes.indices.filter { Self.kinds[nodes[$0].type] == .text }
        var choices = ["Number", "Blob", "ReadFile"]
        if !texts.isEmpty { choices.append("Concatenate") }
        if !numbers.isEmpty { choices += ["Add", "Add", "Halve", "Blob"] }
        if !blobs.isEmpty { choices += ["MixBlobs", "MixBlobs", "Measure", "Measure"] }
        let type = choices.randomElement(using: &random) ?? "Number"
        var node = Node(type: type, literals: [:], links: [:], file: nil)
        switch type {
        case "Number": node.literals["value"] = Int.random(in: 0...3, using: &random)
        case "Add":
            node.links["a"] = numbers.randomElement(using: &random)
            if Bool.random(using: &random) {
                node.links["b"] = numbers.randomElement(using: &random)
            } else {
                node.literals["b"] = Int.random(in: 0...2, using: &random)
            }
        case "Halve": node.links["value"] = numbers.randomElement(using: &random)
        case "Blob":
            node.literals["size"] = Int.random(in: 1...4, using: &random)
            if let number = numbers.randomElement(using: &random), Bool.random(using: &random) {
                node.links["seed"] = number
            } else {
                node.literals["seed"] = Int.random(in: 0...2, using: &random)
            }
        case "MixBlobs":
            node.links["a"] = blobs.randomElement(using: &random)
            if Bool.random(using: &random) { node.links["b"] = blobs.randomElement(using: &random) }
        case "ReadFile": node.file = ["a.txt", "b.txt"].randomElement(using: &random)
        case "Concatenate":
            node.links["first"] = texts.randomElement(using: &random)
            node.links["second"] = texts.randomElement(using: &random)
        default: node.links["blob"] = blobs.randomElement(using: &random)
        }
        nodes.append(node)
    }

    /// Changes a literal, moves a link, adds a node, or writes a file (sometimes with what was in it before).
    mutating func edit() {
        let index = Int.random(in: nodes.indices, using: &random)
        let same: (Int) -> [Int] = { [nodes] target in
            (0..<index).filter { RandomGraph.kinds[nodes[$0].type] == RandomGraph.kinds[nodes[target].type] }
        }
        switch Int.random(in: 0..<5, using: &random) {
        case 0: addNode()
        case 4:
            files[["a.txt", "b.txt"].randomElement(using: &random) ?? "a.txt"] = String(Int.random(in: 0...2, using: &random))
            if nodes[index].file != nil, Bool.random(using: &random) { nodes[index].file = "b.txt" }
        case 1:
            if let name = nodes[index].links.keys.sorted().randomElement(using: &random), let old = nodes[index].links[name] {
                nodes[index].links[name] = same(old).randomElement(using: &random) ?? old
            }
        default:
            if let name = nodes[index].literals.keys.sorted().randomElement(using: &random) {
                nodes[index].literals[name] = Int.random(in: name == "size" ? 1...4 : 0...3, using: &random)
            }
        }
    }

    var text: String {
        var text = "nodes:\n"
        for (index, node) in nodes.enumerated() {
            var parts = ["type: \(node.type)"]
            if let file = node.file { parts.append("file: \(file)") }
            parts += node.literals.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            parts += node.links.sorted { $0.key < $1.key }.map {
                "\($0.key): {from: n\($0.value)\(nodes[$0.value].type == "Halve" ? ".half" : "")}"
            }
            text += "  n\(index): {\(parts.joined(separator: ", "))}\n"
        }
        for index in nodes.indices where (index + nodes.count) % 3 == 0 || index == nodes.count - 1 {
            text += "  s\(index): {type: Show, value: {from: n\(index)\(nodes[index].type == "Halve" ? ".half" : "")}}\n"
        }
        return text
    }

    /// Each computation that the outputs need, as type + literals + input values; with the value of every node.
    func computations() -> [String] {
        var values: [String] = [], described: [String] = []
        for node in nodes {
            var inputs = node.links.mapValues { values[$0] }
            // A file counts by what is in it, whatever it is called.
            if let file = node.file { inputs["content"] = files[file] }
            func number(_ name: String) -> Int { inputs[name].flatMap { Int($0) } ?? node.literals[name] ?? 0 }
            func bytes(_ name: String) -> [UInt8]? { inputs[name].map { $0.split(separator: ".").compactMap { UInt8($0) } } }
            let value: String
            switch node.type {
            case "Number": value = "\(number("value"))"
            case "Add": value = "\(number("a") + number("b"))"
            case "Halve": value = "\(number("value") / 2)"
            case "Blob":
                value = Array(repeating: "\(UInt8(truncatingIfNeeded: number("seed")))", count: number("size")).joined(separator: ".")
            case "MixBlobs":
                let a = bytes("a") ?? [], b = bytes("b")
                var mixed: [String] = []
                for (index, byte) in a.enumerated() {
                    let other: UInt8 = b.map { $0[index % $0.count] } ?? 0
                    mixed.append(String(byte &+ 50 &* other))
                }
                value = mixed.joined(separator: ".")
            case "ReadFile": value = inputs["content"] ?? ""
            case "Concatenate": value = (inputs["first"] ?? "") + (inputs["second"] ?? "")
            default: value = "\((bytes("blob") ?? []).reduce(0) { $0 + Int($1) })"
            }
            var all = node.literals.mapValues { "\($0)" }
            for (name, value) in inputs { all[name] = value }
            if node.type == "Blob", all["seed"] == nil { all["seed"] = "0" }
            values.append(value)
            described.append("\(node.type) \(all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))")
        }
        var needed = Set<Int>()
        var waiting = nodes.indices.filter { ($0 + nodes.count) % 3 == 0 || $0 == nodes.count - 1 }
        while let index = waiting.popLast() {
            if needed.insert(index).inserted { waiting += nodes[index].links.values }
        }
        return needed.sorted().map { described[$0] }
    }
}

/// How many random workflows are tried: a few with every run of the tests, more by `DARKROOM_RANDOM_GRAPHS` (`Scripts/faults`), and a
/// tenth of them with a disk.
private let graphCount = ProcessInfo.processInfo.environment["DARKROOM_RANDOM_GRAPHS"].flatMap(UInt64.init)

@Suite("Random workflows, edited at random", .serialized) struct RandomGraphTests {
    private func write(_ files: [String: String], to world: ToyWorld) throws {
        for (name, text) in files { try world.write(text, to: name) }
    }

    private func shown(_ outcome: ToyEngine.Outcome) -> [String] {
        outcome.report.texts.map { "\($0.node.name)=\($0.text)" }.sorted().map { text in
            // A blob prints its storage's address; its bytes are compared through Measure.
            text.contains("Storage") ? String(text.prefix { $0 != "=" }) : text
        }
    }

    @Test("results equal those from scratch, and exactly what never was computed runs", arguments: 0..<(graphCount ?? 40))
    func memory(seed: UInt64) async throws {
        var graph = RandomGraph(seed: seed)
        let cached = ToyEngine()
        var known = Set<String>()
        for round in 0..<12 {
            let text = graph.text
            try write(graph.files, to: cached.world)
            let outcome = try await cached.run(text, wantsValues: false)
            let scratch = try await ToyEngine(sharing: cached, cache: ResultCache(memoryBudget: 0)).run(text, wantsValues: false)
            #expect(shown(outcome) == shown(scratch), "seed \(seed), round \(round)\n\(text)")
            let computations = Set(graph.computations())
            let ran = outcome.report.nodes.count { $0.status == .ran && $0.label.type != "Show" }
            #expect(ran == computations.subtracting(known).count, "seed \(seed), round \(round)\n\(text)")
            known.formUnion(computations)
            for _ in 0..<Int.random(in: 1...3, using: &graph.random) { graph.edit() }
        }
    }

    @Test(
        "results stay right while the cache on disk is evicted, damaged and emptied",
        arguments: 0..<(graphCount.map { max(1, $0 / 10) } ?? 12))
    func disk(seed: UInt64) async throws {
        let folder = TemporaryFolder()
        var graph = RandomGraph(seed: seed &+ 1000)
        let world = ToyEngine()
        for round in 0..<10 {
            let text = graph.text
            try write(graph.files, to: world.world)
            let cache = ResultCache(memoryBudget: [0, 2000, 1 << 30][round % 3], disk: DiskCache(folder: folder.path))
            let outcome = try await ToyEngine(sharing: world, cache: cache).run(text, wantsValues: false)
            let scratch = try await ToyEngine(sharing: world, cache: ResultCache(memoryBudget: 0)).run(text, wantsValues: false)
            #expect(shown(outcome) == shown(scratch), "seed \(seed), round \(round)\n\(text)")
            #expect(outcome.report.nodes.allSatisfy { $0.status == .ran || $0.status == .reused })
            let unchanged = try await ToyEngine(sharing: world, cache: ResultCache(disk: DiskCache(folder: folder.path))).run(
                text, wantsValues: false)
            #expect(unchanged.ran == [], "seed \(seed), round \(round)\n\(text)")
            for path in folder.files(".safetensors") + folder.files(".records") {
                let url = URL(fileURLWithPath: path)
                switch Int.random(in: 0..<8, using: &graph.random) {
                case 0: try? FileManager.default.removeItem(at: url)
                case 1:
                    guard var bytes = try? Data(contentsOf: url), !bytes.isEmpty else { continue }
                    bytes[Int.random(in: bytes.indices, using: &graph.random)] ^= 0x11
                    try bytes.write(to: url)
                case 2:
                    guard let bytes = try? Data(contentsOf: url) else { continue }
                    try bytes.prefix(Int.random(in: 0...bytes.count, using: &graph.random)).write(to: url)
                default: break
                }
            }
            graph.edit()
        }
    }
}
