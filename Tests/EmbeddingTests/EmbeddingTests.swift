import Foundation
import Testing

/// The engine as another program uses it: nothing but what is public.
@Suite("The engine in another program") struct EmbeddingTests {
    static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test("the documented example computes a picture")
    func example() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "embedding-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "models"), withDestinationURL: Self.project.appending(path: "Workflows/models"))
        let pictures = try await EmbeddingExample.pictures(
            of: Self.project.appending(path: "Workflows/txt2img.yaml").path, prompt: "a tree", folder: folder.path)
        #expect(pictures.count == 1)
        #expect(pictures.allSatisfy { FileManager.default.fileExists(atPath: $0) })
    }

    @Test("the example in the docs is the one that is compiled")
    func documented() throws {
        let source = try String(contentsOf: Self.project.appending(path: "Tests/EmbeddingTests/EmbeddingExample.swift"), encoding: .utf8)
        let begin = try #require(source.range(of: "    // begin\n")), end = try #require(source.range(of: "    // end\n"))
        let example = source[begin.upperBound..<end.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("    ") ? $0.dropFirst(4) : $0 }.joined(separator: "\n")
        let page = try String(contentsOf: Self.project.appending(path: "docs/embedding.md"), encoding: .utf8)
        #expect(
            page.contains(
                "```swift\nimport Foundation\nimport Session\nimport WorkflowEngine\nimport Workflows\n\n"
                    + example.replacing("static func", with: "func")))
    }
}
