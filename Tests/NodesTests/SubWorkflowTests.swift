import Foundation
import Nodes
import Testing
import WorkflowEngine

/// Workflows that call workflows.
@Suite("Sub-workflows") struct SubWorkflowTests {
    /// A folder of YAML files that goes away with it.
    final class Folder {
        let url = FileManager.default.temporaryDirectory.appending(path: "sub-workflows-\(UUID().uuidString)")

        init(_ files: [String: String]) throws {
            for (name, text) in files {
                let file = url.appending(path: name)
                try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try text.write(to: file, atomically: true, encoding: .utf8)
            }
        }

        deinit { try? FileManager.default.removeItem(at: url) }

        func resolve(_ name: String, set: [String] = []) -> (graph: ResolvedGraph?, diagnostics: [Diagnostic]) {
            let result = DocumentReader(catalog: .standard).read(path: url.appending(path: name).path)
            guard let document = result.document else { return (nil, result.diagnostics) }
            let resolution = Resolver(catalog: .standard, files: AnyFileCatalog()).resolve(
                document, setting: set.compactMap { Assignment($0) })
            return (resolution.graph, result.diagnostics + resolution.diagnostics)
        }
    }

    static let brighten = """
        parameters:
          image: {default: {from: photo}, description: what is made brighter}
          factor: {type: FLOAT, default: 0.5}
        nodes:
          photo: {type: LoadImage, image: a.png}
          white: {type: EmptyImage, width: 64, height: 64, color: 0xffffff}
          mixed: {type: ImageBlend, image1: "${image}", image2: white, blend_factor: "${factor}", blend_mode: normal}
          saved: {type: SaveImage, images: mixed, filename_prefix: bright}
        outputs: {image: mixed}
        """
    static let outer = """
        parameters: {much: 0.8}
        nodes:
          picture: {type: EmptyImage, width: 64, height: 64}
          once: {workflow: brighten.yaml, with: {image: picture, factor: "${much}"}}
          twice: {workflow: brighten.yaml, with: {image: once.image}}
          saved: {type: SaveImage, images: twice, filename_prefix: out}
        """

    private func literal(_ graph: ResolvedGraph, _ node: String, _ input: String) throws -> String {
        let found = try #require(graph.nodes.first { $0.name == node }?.inputs.first { $0.name == input })
        switch found.binding {
        case .literal(let value): return "\(value)"
        case .link(let source): return graph.text(of: source)
        }
    }

    @Test("a called workflow's nodes take the place of the call, its outputs lead to them")
    func composition() throws {
        let folder = try Folder(["outer.yaml": Self.outer, "brighten.yaml": Self.brighten])
        let (found, diagnostics) = folder.resolve("outer.yaml")
        let graph = try #require(found, "\(diagnostics)")
        #expect(!diagnostics.hasErrors, "\(diagnostics)")
        #expect(try literal(graph, "once/mixed", "image1") == "picture")
        #expect(try literal(graph, "once/mixed", "image2") == "once/white")
        #expect(try literal(graph, "once/mixed", "blend_factor") == "0.8")
        #expect(try literal(graph, "twice/mixed", "image1") == "once/mixed")
        #expect(try literal(graph, "twice/mixed", "blend_factor") == "0.5")
        #expect(try literal(graph, "saved", "images") == "twice/mixed")
        #expect(graph.outputs.map { graph.nodes[$0].name } == ["saved"], "inner save nodes don't start anything")
    }

    @Test("alone, a workflow uses the link that is its parameter's default")
    func alone() throws {
        let folder = try Folder(["brighten.yaml": Self.brighten])
        let (found, diagnostics) = folder.resolve("brighten.yaml")
        let graph = try #require(found, "\(diagnostics)")
        #expect(try literal(graph, "mixed", "image1") == "photo.IMAGE")
        #expect(graph.outputs.map { graph.nodes[$0].name } == ["saved"])
    }

    @Test("--set reaches arguments of a call and inputs of inner nodes")
    func overrides() throws {
        let folder = try Folder(["outer.yaml": Self.outer, "brighten.yaml": Self.brighten])
        let (found, diagnostics) = folder.resolve("outer.yaml", set: ["twice.factor=0.25", "once/white.width=128"])
        let graph = try #require(found, "\(diagnostics)")
        #expect(try literal(graph, "twice/mixed", "blend_factor") == "0.25")
        #expect(try literal(graph, "once/white", "width") == "128")
    }

    @Test("calls nest")
    func nesting() throws {
        let middle = """
            parameters: {image: {type: IMAGE}}
            nodes:
              inner: {workflow: parts/brighten.yaml, with: {image: "${image}"}}
              again: {workflow: parts/brighten.yaml, with: {image: inner.image, factor: 1}}
            outputs: {image: again.image}
            """
        let folder = try Folder([
            "outer.yaml": Self.outer.replacing("brighten.yaml", with: "middle.yaml").replacing(", factor: \"${much}\"", with: ""),
            "middle.yaml": middle, "parts/brighten.yaml": Self.brighten,
        ])
        let (found, diagnostics) = folder.resolve("outer.yaml")
        let graph = try #require(found, "\(diagnostics)")
        #expect(!diagnostics.hasErrors, "\(diagnostics)")
        #expect(try literal(graph, "once/inner/mixed", "image1") == "picture")
        #expect(try literal(graph, "once/again/mixed", "image1") == "once/inner/mixed")
        #expect(try literal(graph, "twice/inner/mixed", "image1") == "once/again/mixed")
        #expect(try literal(graph, "saved", "images") == "twice/again/mixed")
    }

    @Test("what is wrong with a call is said with its place")
    func refusals() throws {
        func codes(_ text: String, _ others: [String: String] = ["brighten.yaml": Self.brighten]) throws -> [String] {
            let folder = try Folder(others.merging(["outer.yaml": text]) { a, _ in a })
            return folder.resolve("outer.yaml").diagnostics.filter { $0.severity == .error }.map {
                "\($0.code.rawValue) \($0.position?.description ?? "")"
            }
        }
        let call = "nodes:\n  a: {workflow: %, with: {image: b}}\n  b: {type: EmptyImage}\noutputs: {o: b}\n"
        #expect(try codes(call.replacing("%", with: "missing.yaml")) == ["missing-file 2:17"])
        #expect(try codes(call.replacing("%", with: "../brighten.yaml")) == ["unreadable-file 2:17"])
        #expect(try codes(call.replacing("%", with: "/etc/passwd")) == ["unreadable-file 2:17"])
        #expect(try codes(call.replacing("%", with: "outer.yaml")) == ["recursive-subgraph 2:17"])
        #expect(try codes(call.replacing("%", with: "brighten.yaml").replacing("image:", with: "imago:")) == ["unknown-parameter 2:39"])
        #expect(try codes(call.replacing("%", with: "brighten.yaml").replacing("image: b", with: "factor: true")) == ["wrong-type 3:3"])
    }
}
