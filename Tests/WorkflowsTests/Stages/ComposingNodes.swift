import Formats
import Foundation
import Testing

@testable import Workflows

/// Specifications of what workflows that call, repeat and loop are made of. The nodes that `foreach` comes to have their real names.
let composingSpecs: NodeCatalog = {
    func optional(_ name: String, _ count: Int) -> String {
        (1...count).map { "  \(name)\($0): {type: \"*\", optional: true}\n" }.joined()
    }
    func outputs(_ fixed: [String], _ count: Int) -> String {
        let values = (1...count).map { "{name: value\($0), type: \"*\"}" }
        return "outputs: [\((fixed + values).joined(separator: ", "))]\n"
    }
    let loopStart = ["{name: flow, type: FLOW_CONTROL}", "{name: index, type: INT}"]
    let texts: [(name: String, text: String)] = [
        (
            "Canvas",
            "inputs:\n  width: {type: INT, default: 64}\n  height: {type: INT, default: 64}\noutputs: [{name: IMAGE, type: IMAGE}]\n"
        ),
        ("LoadImage", "inputs:\n  image: {files: input}\noutputs: [{name: IMAGE, type: IMAGE}, {name: MASK, type: MASK}]\n"),
        (
            "Blend",
            "inputs:\n  image1: {type: IMAGE}\n  image2: {type: IMAGE}\n  factor: {type: FLOAT, default: 0.5, min: 0, max: 1}\n"
                + "outputs: [{name: IMAGE, type: IMAGE}]\n"
        ),
        ("Save", "output_node: true\ninputs:\n  images: {type: IMAGE}\n  prefix: {type: STRING, default: out}\noutputs: []\n"),
        ("Show", "output_node: true\ninputs:\n  source: {type: \"*\"}\noutputs: []\n"),
        ("Base", "inputs:\n  file: {files: checkpoints}\noutputs: [{name: MODEL, type: MODEL}, {name: CLIP, type: CLIP}]\n"),
        ("Encode", "inputs:\n  clip: {type: CLIP}\n  text: {type: STRING}\noutputs: [{name: CONDITIONING, type: CONDITIONING}]\n"),
        (
            "Sample",
            "inputs:\n  model: {type: MODEL}\n  positive: {type: CONDITIONING}\n  seed: {type: INT, default: 0, min: 0}\n"
                + "  steps: {type: INT, default: 20, min: 1, max: 100}\noutputs: [{name: IMAGE, type: IMAGE}]\n"
        ),
        ("PrimitiveInt", "inputs:\n  value: {type: INT, default: 0}\noutputs: [{name: INT, type: INT}]\n"),
        (
            "Join",
            "inputs:\n  a: {type: STRING, default: \"\"}\n  b: {type: STRING, default: \"\"}\noutputs: [{name: STRING, type: STRING}]\n"
        ),
        ("Double", "inputs:\n  value: {type: INT, default: 0}\noutputs: [{name: INT, type: INT}]\n"),
        ("CollectList", "input_is_list: true\ninputs:\n\(optional("item", 16))outputs: [{name: list, type: \"*\", list: true}]\n"),
        ("CollectBatch", "input_is_list: true\ninputs:\n  list: {type: \"*\"}\noutputs: [{name: batch, type: \"*\"}]\n"),
        ("easy forLoopStart", "inputs:\n  total: {type: INT, default: 1}\n\(optional("initial_value", 3))\(outputs(loopStart, 3))"),
        ("easy forLoopEnd", "inputs:\n  flow: {type: FLOW_CONTROL}\n\(optional("initial_value", 3))\(outputs([], 3))"),
        ("ForLoopOpen", "inputs:\n  remaining: {type: INT, default: 1}\n\(optional("initial_value", 3))\(outputs(loopStart, 3))"),
        ("ForLoopClose", "inputs:\n  flow_control: {type: FLOW_CONTROL}\n\(optional("initial_value", 3))\(outputs([], 3))"),
    ]
    return NodeCatalog(texts: texts.map { ($0.name, "type: \"\($0.name)\"\ncategory: toys\n\($0.text)") })
}()

/// A folder of workflow files that goes away with it.
final class WorkflowFolder {
    let url = FileManager.default.temporaryDirectory.appending(path: "workflows-\(UUID().uuidString)")

    init(_ files: [String: String]) throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        for (name, text) in files {
            let file = url.appending(path: name)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func read(_ name: String = "flow.yaml") -> DocumentReader.Result {
        DocumentReader(catalog: composingSpecs).read(path: url.appending(path: name).path)
    }

    func resolve(
        _ name: String = "flow.yaml", set: [String] = [], files: any FileCatalog = AnyFileCatalog()
    ) -> (graph: ResolvedGraph?, diagnostics: [Diagnostic]) {
        let result = read(name)
        guard let document = result.document else { return (nil, result.diagnostics) }
        let resolution = Resolver(catalog: composingSpecs, files: files).resolve(document, setting: set.compactMap { Assignment($0) })
        return (resolution.graph, result.diagnostics + resolution.diagnostics)
    }

    /// The graph of a workflow that must be right.
    func graph(
        _ name: String = "flow.yaml", set: [String] = [], files: any FileCatalog = AnyFileCatalog(),
        place: SourceLocation = #_sourceLocation
    ) throws -> ResolvedGraph {
        let (graph, diagnostics) = resolve(name, set: set, files: files)
        #expect(!diagnostics.hasErrors, "\(diagnostics)", sourceLocation: place)
        return try #require(graph, "\(diagnostics)", sourceLocation: place)
    }

    /// Code and place of everything that is wrong.
    func errors(_ name: String = "flow.yaml", files: any FileCatalog = AnyFileCatalog()) -> [String] {
        resolve(name, files: files).diagnostics.filter { $0.severity == .error }.map {
            "\($0.code.rawValue) \($0.position?.description ?? "")"
        }
    }
}

extension ResolvedGraph {
    /// What an input gets: a value, or `node.OUTPUT`.
    func value(_ node: String, _ input: String, place: SourceLocation = #_sourceLocation) throws -> String {
        let found = try #require(
            nodes.first { $0.name == node }?.inputs.first { $0.name == input }, "\(node).\(input) in \(nodes.map(\.name))",
            sourceLocation: place)
        return switch found.binding {
        case .literal(let value): "\(value)"
        case .link(let source): text(of: source)
        }
    }

    func type(_ node: String) -> String? { nodes.first { $0.name == node }?.spec.type }
}
