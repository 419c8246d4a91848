import Formats
import Testing

@testable import Workflows

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

    static let style = """
        parameters:
          picture: {type: IMAGE, default: {from: photo}}
          name: a.jpg
          factor: {type: FLOAT, default: 0.5}
        nodes:
          photo: {type: LoadImage, image: "${name}"}
          white: {type: Canvas, width: 64, height: 64}
          mixed: {type: Blend, image1: "${picture}", image2: white, factor: "${factor}"}
        outputs: {image: mixed}
        """

    private func flow(_ foreach: String, _ rest: String = "", _ others: [String: String] = [:]) throws -> WorkflowFolder {
        try WorkflowFolder(
            [
                "style.yaml": Self.style,
                "flow.yaml": """
                nodes:
                  styled: {workflow: style.yaml, foreach: \(foreach)\(rest)}
                  saved: {type: Save, images: styled}
                """,
            ].merging(others) { _, new in new })
    }

    private func graph(_ folder: WorkflowFolder, set: [String] = []) throws -> ResolvedGraph { try folder.graph(set: set, files: Files()) }

    @Test("a called workflow is repeated for each file of a pattern, counted as a person counts, and gives a list")
    func pattern() throws {
        let graph = try graph(flow("{name: \"photos/*.png\"}", ", with: {factor: 0.25}"))
        #expect(try graph.value("styled[1]/photo", "image") == "photos/b2.png")
        #expect(try graph.value("styled[2]/photo", "image") == "photos/b10.png")
        #expect(try graph.value("styled[2]/mixed", "factor") == "0.25")
        #expect(try graph.value("saved", "images") == "styled.image")
        #expect(try graph.value("styled.image", "item2") == "styled[2]/mixed")
        #expect(graph.type("styled.image") == "CollectList")
        #expect(graph.nodes.allSatisfy { !$0.name.hasPrefix("styled[3]") })
    }

    @Test("a parameter that takes a picture gets files through a node that loads them")
    func pictures() throws {
        let graph = try graph(flow("{picture: photos/}", ", collect: batch"))
        #expect(try graph.value("styled[1]:picture", "image") == "photos/b2.png")
        #expect(try graph.value("styled[1]/mixed", "image1") == "styled[1]:picture.IMAGE")
        #expect(graph.type("styled.image") == "CollectBatch")
        #expect(try graph.value("styled.image", "list") == "styled.image/list")
        #expect(try self.graph(flow("{picture: [a.jpg, \"photos/b2.png\"]}")).value("styled[1]:picture", "image") == "a.jpg")
    }

    @Test("lists, ranges, lines, columns and tables are walked, several in step")
    func kinds() throws {
        #expect(try graph(flow("{factor: 0.1..0.3/0.1}")).value("styled[3]/mixed", "factor") == "0.3")
        let pairs = try graph(flow("{factor: [0.2, 0.7], name: [a.jpg, photos/b2.png]}"))
        #expect(try pairs.value("styled[2]/photo", "image") == "photos/b2.png")
        #expect(try pairs.value("styled[2]/mixed", "factor") == "0.7")
        let lines = try graph(flow("{name: \"@names.txt\"}", "", ["names.txt": "a.jpg\n\n photos/b10.png \r\n"]))
        #expect(try lines.value("styled[2]/photo", "image") == "photos/b10.png")
        let table = try graph(flow("\"@looks.csv\"", "", ["looks.csv": "name,factor\n\"a.jpg\",0.75\nphotos/b2.png, 1\n"]))
        #expect(try table.value("styled[1]/mixed", "factor") == "0.75")
        #expect(try table.value("styled[2]/photo", "image") == "photos/b2.png")
        let maps = try graph(flow("[{name: a.jpg, factor: 1}, {factor: 0, name: photos/b2.png}]"))
        #expect(try maps.value("styled[2]/mixed", "factor") == "0.0")
    }

    @Test("a plain node is repeated, too; files lie where its input looks for them, and results of a repeated node can be walked")
    func plainNodes() throws {
        let graph = try graph(
            WorkflowFolder([
                "flow.yaml": """
                parameters: {models: "sd15/*.safetensors", prompts: [a tree, a house]}
                nodes:
                  base: {type: Base, foreach: {file: "${models}"}}
                  text: {type: Encode, foreach: {clip: base.CLIP, text: "${prompts}"}}
                  shown: {type: Show, title: What, foreach: {source: text}}
                """
            ]))
        #expect(try graph.value("base[2]", "file") == "sd15/two.safetensors")
        #expect(try graph.value("text[2]", "clip") == "base[2].CLIP")
        #expect(try graph.value("text[2]", "text") == "a house")
        #expect(graph.outputs.map { graph.nodes[$0].name } == ["shown[1]", "shown[2]"], "each is an output of its own")
        #expect(graph.nodes.first { $0.name == "shown[2]" }?.title == "What [2]")
    }

    @Test("the order of nodes in the file doesn't matter, and long lists are gathered in groups")
    func orderAndLength() throws {
        let graph = try graph(
            WorkflowFolder([
                "flow.yaml": """
                nodes:
                  shown: {type: Show, foreach: {source: number.int}}
                  sum: {type: Show, source: number.0}
                  number: {type: PrimitiveInt, foreach: {value: 1..40}}
                """
            ]))
        #expect(try graph.value("shown[40]", "source") == "number[40]")
        #expect(try graph.value("sum", "source") == "number.INT")
        #expect(try graph.value("number.INT", "item3") == "number.INT/part1.3")
        #expect(try graph.value("number.INT/part1.3", "item8") == "number[40]")
    }

    @Test("what is wrong is said once, at its place, and what follows from it isn't said")
    func refusals() throws {
        func message(_ foreach: String, _ rest: String = "", _ others: [String: String] = [:]) throws -> String {
            let found = try flow(foreach, rest, others).resolve(files: Files()).diagnostics.filter { $0.severity == .error }
            #expect(found.count == 1, "\(found)")
            return found.first.map { "\($0.position?.description ?? "") \($0)" } ?? ""
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
    }

    @Test("nodes that need a repeated node that is wrong are no errors of their own")
    func following() throws {
        let diagnostics = try WorkflowFolder([
            "flow.yaml": """
            nodes:
              first: {type: LoadImage, foreach: {image: "no/*.png"}}
              saved: {type: Save, foreach: {images: first.IMAGE}}
              whole: {type: Save, images: first.IMAGE, prefix: y}
            """
        ]).resolve(files: Files()).diagnostics
        #expect(diagnostics.filter { $0.severity == .error }.map(\.code) == [.missingFile], "\(diagnostics)")
        #expect(diagnostics.exitCode == 3)
    }

    @Test("what was walked is named, so that somebody can watch it")
    func walkedPaths() throws {
        let folder = try flow("{name: \"@names.txt\"}", "", ["names.txt": "a.jpg\n"])
        let document = try #require(folder.read().document)
        let workflow = document.expanded(catalog: composingSpecs, files: Files()).workflow
        #expect(workflow.walkedPaths.contains { $0.hasSuffix("names.txt") }, "\(workflow.walkedPaths)")
    }

    @Test("foreach survives being written in our own form")
    func writing() throws {
        let document = try #require(flow("{name: \"photos/*.png\"}", ", with: {factor: 0.25}, collect: batch").read().document)
        let text = YAMLDocumentWriter.write(document, catalog: composingSpecs).text
        let again = try #require(DocumentReader(catalog: composingSpecs).read(text: text, name: "again").document)
        #expect(again.nodes.first?.foreach?.inputs.map(\.value) == [.string("photos/*.png")])
        #expect(again.nodes.first?.foreach?.collecting == .batch)
    }
}
