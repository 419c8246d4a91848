import Workflows
import Foundation
import Nodes
import Testing
import WorkflowEngine

/// The YAML that the pages show can be read, and is right.
@Suite("YAML in the documentation") struct DocumentedSnippetTests {
    struct Snippet: Sendable, CustomTestStringConvertible {
        var page: String
        var number: Int
        var text: String
        var testDescription: String { "\(page), snippet \(number)" }
    }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let snippets: [Snippet] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: "docs").path)) ?? []
        return (["README.md"] + names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/" + $0 }).flatMap { page in
            let text = (try? String(contentsOf: root.appending(path: page), encoding: .utf8)) ?? ""
            return text.matches(of: /(?m)^```yaml\n([\s\S]*?)^```/).enumerated().map {
                Snippet(page: page, number: $0 + 1, text: String($1.1))
            }
        }
    }()

    @Test("there are snippets")
    func some() { #expect(Self.snippets.count > 5) }

    @Test("a workflow resolves, a specification of a node is one, a part of either is YAML", arguments: snippets)
    func snippet(_ snippet: Snippet) throws {
        let text = snippet.text
        if text.contains(/(?m)^category:/) {
            let type = try #require(text.firstMatch(of: /(?m)^type: (\w+)/)).1
            let catalog = NodeCatalog(texts: [(String(type), text)])
            #expect(
                catalog.spec(String(type)) != nil && catalog.problems(of: String(type)).isEmpty, "\(catalog.problems(of: String(type)))")
            return
        }
        guard text.contains(/(?m)^nodes:/) else {
            // A part of a file: in a file's place it is read, or refused for its keys alone.
            let problems = DocumentReader().read(text: text, name: snippet.page).diagnostics.filter { $0.code == .syntax }
            #expect(problems.isEmpty, "\(problems)")
            return
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "snippets-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder.appending(path: "photos"), withIntermediateDirectories: true)
        for name in ["txt2img.yaml", "img2img.yaml"] {
            try FileManager.default.copyItem(at: Self.root.appending(path: "Workflows/\(name)"), to: folder.appending(path: name))
        }
        for name in ["a", "b"] { try Data().write(to: folder.appending(path: "photos/\(name).png")) }
        let files = NodeServices(
            models: ModelFolders(roots: [Self.root.appending(path: "Workflows/models").path]), input: folder.path, output: folder.path,
            temporary: folder.path)
        try Self.style.write(to: folder.appending(path: "style.yaml"), atomically: true, encoding: .utf8)
        let path = folder.appending(path: "snippet.yaml").path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let read = DocumentReader(catalog: .standard).read(path: path)
        let document = try #require(read.document, "\(read.diagnostics)")
        let found = read.diagnostics + Resolver(catalog: .standard, files: files).resolve(document).diagnostics
        #expect(!found.contains { $0.severity == .error }, "\(found.map(\.message))")
    }

    /// The workflow that a page calls for each of several pictures.
    private static let style = """
        parameters: {picture: {type: STRING}, strength: 0.5}
        nodes:
          loaded: {type: LoadImage, image: "${picture}"}
          mixed: {type: ImageBlend, image1: loaded.IMAGE, image2: loaded.IMAGE, blend_factor: "${strength}", blend_mode: normal}
        outputs: {image: mixed}
        """
}
