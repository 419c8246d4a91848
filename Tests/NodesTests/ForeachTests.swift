import Foundation
import Nodes
import Testing
import WorkflowEngine

/// Nodes that are repeated over values and files.
@Suite("Foreach") struct ForeachTests {
    /// The input and model folders of a test.
    struct Files: FileCatalog {
        var folders: [String: [String]] = [
            "input": [".hidden.png", "list.txt", "photos/b10.png", "photos/b2.png", "photos/deep/c.png", "photos/notes.txt", "a.jpg"],
            "checkpoints": ["sd15/one.safetensors", "sd15/two.safetensors", "xl.safetensors"],
        ]
        func contains(_ name: String, in folder: String) -> Bool { folders[folder]?.contains(name) == true }
        func names(in folder: String) -> [String] { folders[folder] ?? [] }
        func places(of folder: String) -> [String] { ["/test/\(folder)"] }
    }

    private func resolve(_ texts: [String: String], set: [String] = []) throws -> (graph: ResolvedGraph?, diagnostics: [Diagnostic]) {
        let folder = try SubWorkflowTests.Folder(texts)
        let result = DocumentReader(catalog: .standard).read(path: folder.url.appending(path: "flow.yaml").path)
        guard let document = result.document else { return (nil, result.diagnostics) }
        let resolution = Resolver(catalog: .standard, files: Files()).resolve(document, setting: set.compactMap { Assignment($0) })
        return (resolution.graph, result.diagnostics + resolution.diagnostics)
    }

    private func graph(_ texts: [String: String], set: [String] = []) throws -> ResolvedGraph {
        let (graph, diagnostics) = try resolve(texts, set: set)
        #expect(!diagnostics.hasErrors, "\(diagnostics)")
        return try #require(graph, "\(diagnostics)")
    }

    private func input(_ graph: ResolvedGraph, _ node: String, _ input: String) throws -> String {
        let found = try #require(graph.nodes.first { $0.name == node }?.inputs.first { $0.name == input }, "\(graph.nodes.map(\.name))")
        switch found.binding {
        case .literal(let value): return "\(value)"
        case .link(let source): return graph.text(of: source)
        }
    }

    private func errors(_ texts: [String: String]) throws -> [String] {
        try resolve(texts).diagnostics.filter { $0.severity == .error }.map { "\($0.position?.description ?? "") \($0)" }
    }

    /// Makes a picture a little darker; takes a picture, or the name of one.
    static let style = """
        parameters:
          picture: {type: IMAGE, default: {from: photo}}
          name: a.jpg
          factor: {type: FLOAT, default: 0.5}
        nodes:
          photo: {type: LoadImage, image: "${name}"}
          white: {type: EmptyImage, width: 64, height: 64}
          mixed: {type: ImageBlend, image1: "${picture}", image2: white, blend_factor: "${factor}", blend_mode: normal}
        outputs: {image: mixed}
        """

    private func flow(_ foreach: String, _ rest: String = "") -> [String: String] {
        [
            "style.yaml": Self.style,
            "flow.yaml": """
            nodes:
              styled: {workflow: style.yaml, foreach: \(foreach)\(rest)}
              saved: {type: SaveImage, images: styled, filename_prefix: out}
            """,
        ]
    }

    @Test("a called workflow is repeated for each file of a pattern, counted as a person counts, and gives a list")
    func pattern() throws {
        let graph = try graph(flow("{name: \"photos/*.png\"}", ", with: {factor: 0.25}"))
        #expect(try input(graph, "styled[1]/photo", "image") == "photos/b2.png")
        #expect(try input(graph, "styled[2]/photo", "image") == "photos/b10.png")
        #expect(try input(graph, "styled[2]/mixed", "blend_factor") == "0.25")
        #expect(try input(graph, "saved", "images") == "styled.image")
        #expect(try input(graph, "styled.image", "item2") == "styled[2]/mixed")
        #expect(graph.nodes.first { $0.name == "styled.image" }?.spec.type == "CollectList")
        #expect(graph.nodes.allSatisfy { !$0.name.hasPrefix("styled[3]") })
    }

    @Test("a parameter that takes a picture gets files through a node that loads them")
    func pictures() throws {
        let graph = try graph(flow("{picture: photos/}", ", collect: batch"))
        #expect(try input(graph, "styled[1]:picture", "image") == "photos/b2.png")
        #expect(try input(graph, "styled[1]/mixed", "image1") == "styled[1]:picture.IMAGE")
        #expect(graph.nodes.first { $0.name == "styled.image" }?.spec.type == "CollectBatch")
        #expect(try input(graph, "styled.image", "list") == "styled.image/list")
        #expect(try input(self.graph(flow("{picture: [a.jpg, \"photos/b2.png\"]}")), "styled[1]:picture", "image") == "a.jpg")
    }

    @Test("lists, ranges, lines, columns and tables are walked, several in step")
    func kinds() throws {
        #expect(try input(graph(flow("{factor: 0.1..0.3/0.1}")), "styled[3]/mixed", "blend_factor") == "0.3")
        let pairs = try graph(flow("{factor: [0.2, 0.7], name: [a.jpg, photos/b2.png]}"))
        #expect(try input(pairs, "styled[2]/photo", "image") == "photos/b2.png")
        #expect(try input(pairs, "styled[2]/mixed", "blend_factor") == "0.7")
        let lines = try graph(flow("{name: \"@names.txt\"}").merging(["names.txt": "a.jpg\n\n photos/b10.png \r\n"]) { a, _ in a })
        #expect(try input(lines, "styled[2]/photo", "image") == "photos/b10.png")
        let table = try graph(
            flow("\"@looks.csv\"").merging(["looks.csv": "name,factor\n\"a.jpg\",0.75\nphotos/b2.png, 1\n"]) { a, _ in a })
        #expect(try input(table, "styled[1]/mixed", "blend_factor") == "0.75")
        #expect(try input(table, "styled[2]/photo", "image") == "photos/b2.png")
        let maps = try graph(flow("[{name: a.jpg, factor: 1}, {factor: 0, name: photos/b2.png}]"))
        #expect(try input(maps, "styled[2]/mixed", "blend_factor") == "0.0")
    }

    @Test("a plain node is repeated, too; files lie where its input looks for them, and results of a repeated node can be walked")
    func plainNodes() throws {
        let graph = try graph([
            "flow.yaml": """
            parameters: {models: "sd15/*.safetensors", prompts: [a tree, a house]}
            nodes:
              base: {type: CheckpointLoaderSimple, foreach: {ckpt_name: "${models}"}}
              text: {type: CLIPTextEncode, foreach: {clip: base.CLIP, text: "${prompts}"}}
              shown: {type: PreviewAny, title: What, foreach: {source: text}}
            """
        ])
        #expect(try input(graph, "base[2]", "ckpt_name") == "sd15/two.safetensors")
        #expect(try input(graph, "text[2]", "clip") == "base[2].CLIP")
        #expect(try input(graph, "text[2]", "text") == "a house")
        #expect(graph.outputs.map { graph.nodes[$0].name } == ["shown[1]", "shown[2]"], "each is an output of its own")
        #expect(graph.nodes.first { $0.name == "shown[2]" }?.title == "What [2]")
    }

    @Test("the order of nodes in the file doesn't matter, and long lists are gathered in groups")
    func orderAndLength() throws {
        let graph = try graph([
            "flow.yaml": """
            nodes:
              shown: {type: PreviewAny, foreach: {source: number.int}}
              sum: {type: PreviewAny, source: number.0}
              number: {type: PrimitiveInt, foreach: {value: 1..40}}
            """
        ])
        #expect(try input(graph, "shown[40]", "source") == "number[40]")
        #expect(try input(graph, "sum", "source") == "number.INT")
        #expect(try input(graph, "number.INT", "item3") == "number.INT/part1.3")
        #expect(try input(graph, "number.INT/part1.3", "item8") == "number[40]")
    }

    @Test("--set reaches what is walked, one element, and all of them")
    func overrides() throws {
        let flow = flow("{factor: [0.2, 0.7]}")
        let graph = try graph(flow, set: ["styled.factor=0.1..0.3/0.1", "styled[2]/white.width=32", "styled/white.height=16"])
        #expect(try input(graph, "styled[3]/mixed", "blend_factor") == "0.3")
        #expect(try input(graph, "styled[2]/white", "width") == "32")
        #expect(try input(graph, "styled[3]/white", "width") == "64")
        #expect(try input(graph, "styled[1]/white", "height") == "16")
    }

    @Test("what is wrong is said once, at its place, and what follows from it isn't said")
    func refusals() throws {
        func message(_ foreach: String, _ rest: String = "", _ others: [String: String] = [:]) throws -> String {
            let found = try errors(flow(foreach, rest).merging(others) { _, new in new })
            #expect(found.count == 1, "\(found)")
            return found.first ?? ""
        }
        #expect(
            try message("{name: \"photo/*.png\"}").contains(
                "no file in the input folder (/test/input) matches \"photo/*.png\" [missing-file]"))
        #expect(try message("{name: \"photo/*.png\"}").hasPrefix("2:50 "))
        #expect(try message("{factor: [0.1, 0.2], name: [a.jpg]}").contains("\"factor\" has 2 elements and \"name\" 1 [uneven-foreach]"))
        #expect(try message("{factor: []}").contains("[empty-foreach]"))
        #expect(try message("{name: a prompt}").contains("neither a list nor a range"))
        #expect(try message("{fuctor: [1]}").contains("no parameter \"fuctor\""))
        #expect(try message("{factor: [1]}", ", with: {factor: 1}").contains("[duplicate-key]"))
        #expect(try message("{factor: [0.1, true, 0.3]}").contains("takes FLOAT, not true"))
        #expect(try message("{name: [a.jpg, no.png]}").contains("styled[2]/photo.image: no file \"no.png\""))
        #expect(try message("{name: [no.png, no.png, a.jpg]}").contains("(and 1 more element like it)"))
        #expect(try message("{factor: \"@missing.txt\"}").contains("[missing-file]"))
        #expect(try message("{factor: \"@../missing.txt\"}").contains("[unreadable-file]"))
        #expect(try message("\"@t.csv\"", "", ["t.csv": "name,factor\na.jpg\n"]).contains("row 2 of t.csv has 1 cells, the first has 2"))
        #expect(try message("{factor: [1]}", ", collect: bach").contains("[not-in-choices]"))
        #expect(try message("{factor: styled.image}").contains("walks this node's results [cycle]"))
        let following = try resolve([
            "flow.yaml": """
            nodes:
              first: {type: LoadImage, foreach: {image: "no/*.png"}}
              saved: {type: SaveImage, foreach: {images: first.IMAGE}, filename_prefix: x}
              whole: {type: SaveImage, images: first.IMAGE, filename_prefix: y}
            """
        ]).diagnostics
        #expect(following.filter { $0.severity == .error }.map(\.code) == [.missingFile], "\(following)")
        #expect(following.exitCode == 3)
    }

    @Test("adding a file to a folder computes that file and what gathers, nothing else")
    func caching() async throws {
        let world = try SubWorkflowTests.Folder([:])
        let folder = world.url.path
        let services = NodeServices(
            models: ModelFolders(roots: [folder]), input: folder + "/in", output: folder + "/out", temporary: folder + "/temp")
        try FileManager.default.createDirectory(atPath: folder + "/in", withIntermediateDirectories: true)
        for name in ["b.txt", "c.txt", "d.txt"] { try name.write(toFile: "\(folder)/in/\(name)", atomically: true, encoding: .utf8) }
        func write(_ names: [String]) throws {
            try names.joined(separator: "\n").write(toFile: "\(folder)/words.txt", atomically: true, encoding: .utf8)
        }
        try """
        nodes:
          long: {type: StringConcatenate, string_b: "!", delimiter: "", foreach: {string_a: "@words.txt"}}
          shown: {type: PreviewAny, foreach: {source: long}}
        """.write(toFile: folder + "/flow.yaml", atomically: true, encoding: .utf8)
        let library = StandardNodes(services: services)
        let engine = Engine(library: library)
        func run() async throws -> (texts: [String], ran: [String]) {
            let document = try #require(DocumentReader(catalog: .standard).read(path: folder + "/flow.yaml").document)
            let resolution = Resolver(catalog: .standard, files: services, library: library).resolve(document)
            let report = await engine.run(try #require(resolution.graph, "\(resolution.diagnostics)"))
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
        let graph = try graph([
            "flow.yaml": """
            nodes:
              plain: {type: EmptyImage, height: 8, foreach: {width: [16, 32, 8]}, collect: batch}
              size: {type: GetImageSize, image: plain}
              shown: {type: PreviewAny, source: size.0}
              count: {type: PreviewAny, source: size.2}
            """
        ])
        let folder = FileManager.default.temporaryDirectory.path
        let services = NodeServices(models: ModelFolders(roots: [folder]), input: folder, output: folder, temporary: folder)
        let report = await Engine(library: StandardNodes(services: services)).run(graph)
        #expect(report.texts.map(\.text) == ["16", "3"], "\(report.nodes)")
    }

    @Test("foreach survives being written in our own form")
    func writing() throws {
        let folder = try SubWorkflowTests.Folder(flow("{name: \"photos/*.png\"}", ", with: {factor: 0.25}, collect: batch"))
        let document = try #require(DocumentReader(catalog: .standard).read(path: folder.url.appending(path: "flow.yaml").path).document)
        let text = YAMLDocumentWriter.write(document, catalog: .standard).text
        let again = try #require(DocumentReader(catalog: .standard).read(text: text, name: "again").document)
        #expect(again.nodes.first?.foreach?.inputs.map(\.value) == [.string("photos/*.png")])
        #expect(again.nodes.first?.foreach?.collecting == .batch)
    }
}
