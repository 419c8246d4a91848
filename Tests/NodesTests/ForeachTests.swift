import Foundation
import Nodes
import Testing
import WorkflowEngine
@testable import Workflows

/// Repeated nodes, run. How they are written out is tested beside the engine.
@Suite("Foreach, run") struct ForeachTests {
    @Test("adding a file to a folder computes that file and what gathers, nothing else")
    func caching() async throws {
        let world = try TemporaryFolder()
        let folder = world.path
        let services = NodeServices(
            models: ModelFolders(roots: [folder]), input: folder + "/in", output: folder + "/out", temporary: folder + "/temp")
        for name in ["b.txt", "c.txt", "d.txt"] { try world.file("in/\(name)", name) }
        func write(_ names: [String]) throws { try world.file("words.txt", names.joined(separator: "\n")) }
        let path = try world.file(
            "flow.yaml",
            """
            nodes:
              long: {type: StringConcatenate, string_b: "!", delimiter: "", foreach: {string_a: "@words.txt"}}
              shown: {type: PreviewAny, foreach: {source: long}}
            """)
        let library = StandardNodes(services: services)
        let engine = Engine(library: library)
        func run() async throws -> (texts: [String], ran: [String]) {
            let document = try #require(DocumentReader(catalog: .standard).read(path: path).document)
            let resolution = Resolver(catalog: .standard, files: services, library: library).resolve(document)
            let report = try await engine.run(try #require(resolution.graph, "\(resolution.diagnostics)"))
            return (report.texts.map(\.text), report.nodes.filter { $0.status == .ran }.map(\.label.name))
        }
        try write(["fog", "ice", "sun"])
        #expect(try await run().ran.count == 6)
        try write(["fog", "hail", "ice", "sun"])
        let second = try await run()
        #expect(second.texts == ["fog!", "hail!", "ice!", "sun!"])
        #expect(second.ran == ["long[2]", "shown[2]"])
    }

    @Test("a list joins to a batch of the first picture's size")
    func batch() async throws {
        let text = """
            nodes:
              plain: {type: EmptyImage, height: 8, foreach: {width: [16, 32, 8]}, collect: batch}
              size: {type: GetImageSize, image: plain}
              shown: {type: PreviewAny, source: size.0}
              count: {type: PreviewAny, source: size.2}
            """
        let document = try #require(DocumentReader(catalog: .standard).read(text: text, name: "flow").document)
        let resolution = Resolver(catalog: .standard, files: AnyFileCatalog()).resolve(document)
        let graph = try #require(resolution.graph, "\(resolution.diagnostics)")
        let folder = FileManager.default.temporaryDirectory.path
        let services = NodeServices(models: ModelFolders(roots: [folder]), input: folder, output: folder, temporary: folder)
        let report = try await Engine(library: StandardNodes(services: services)).run(graph)
        #expect(report.texts.map(\.text) == ["16", "3"], "\(report.nodes)")
    }
}
