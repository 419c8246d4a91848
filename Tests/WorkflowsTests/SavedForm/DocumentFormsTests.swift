import Foundation
import Testing

@testable import Workflows

/// Any form to any form, with the same graph at the end.
@Suite("Document forms") struct DocumentFormsTests {
    static func document(_ text: String) throws -> WorkflowDocument {
        let result = DocumentReader(catalog: .project).read(text: text, name: "test")
        return try #require(result.document, "\(result.diagnostics)")
    }

    static func saved(_ name: String) throws -> WorkflowDocument {
        try document(String(contentsOf: UIFormTests.folder.appending(path: "\(name).ui.json"), encoding: .utf8))
    }

    /// Types, literals and links of the nodes that make sense, names left out: forms call nodes differently.
    static func graph(of document: WorkflowDocument) -> [String] {
        let resolution = Resolver(catalog: .project, files: AnyFileCatalog()).resolve(document)
        return (resolution.graph?.nodes ?? []).map { node in
            node.spec.type + "("
                + node.inputs.map { input in
                    switch input.binding {
                    case .literal(let value): "\(input.name): \(value)"
                    case .link(let source): "\(input.name): #\(source.node).\(source.output)"
                    }
                }.joined(separator: ", ") + ")"
        }
    }

    /// Files in which everything makes sense; what the others lack is tested elsewhere.
    static let runnable = UIFormTests.names.filter { name in
        guard let document = try? saved(name) else { return false }
        let resolution = Resolver(catalog: .project, files: AnyFileCatalog()).resolve(document)
        return resolution.graph != nil && !resolution.diagnostics.hasErrors
    }

    @Test("UI to YAML gives the same graph", arguments: runnable)
    func yaml(name: String) throws {
        let document = try Self.saved(name)
        let text = YAMLDocumentWriter.write(document, catalog: .project).text
        let found = Self.graph(of: try Self.document(text))
        #expect(found == Self.graph(of: document), "\(text)")
    }

    @Test("UI to API gives the same graph", arguments: runnable)
    func api(name: String) throws {
        let document = try Self.saved(name)
        let text = APIDocumentWriter.write(document, catalog: .project)
        let found = Self.graph(of: try Self.document(text))
        #expect(found == Self.graph(of: document), "\(text)")
    }

    @Test("UI to UI gives the same prompt", arguments: runnable)
    func ui(name: String) throws {
        let document = try Self.saved(name)
        let text = UIDocumentWriter.write(document, catalog: .project).text
        let again = try Self.document(text)
        #expect(again.form == .ui)
        // Ids of subgraphs' inner nodes become plain numbers, which go in another order: compare as sets of types and literals.
        #expect(
            Self.graph(of: again).map { $0.prefix { $0 != "#" } }.sorted()
                == Self.graph(of: document).map { $0.prefix { $0 != "#" } }.sorted())
    }

    @Test("API to YAML to API keeps names that are words")
    func keepsNames() throws {
        let text =
            #"{"base": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}}, "7": {"class_type": "SaveLatent", "inputs": {"samples": ["base", 0], "filename_prefix": "a ${b}"}}}"#
        let yaml = YAMLDocumentWriter.write(try Self.document(text), catalog: .project).text
        let again = try Self.document(yaml)
        #expect(again.nodes.map(\.name) == ["base", "savelatent"])
        #expect(Self.graph(of: again) == Self.graph(of: try Self.document(text)), "\(yaml)")
    }
}
