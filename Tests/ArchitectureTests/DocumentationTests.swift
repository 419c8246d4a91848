import Foundation
import Testing

/// What the pages name is there. Records of decisions speak of their time and are left out.
@Suite("Names in the documentation") struct DocumentationTests {
    static let pages: [String] = {
        let folder = ArchitectureTests.root.appending(path: "docs").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return ["README.md"] + names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/" + $0 }
    }()

    private static func text(_ page: String) throws -> String {
        try String(contentsOf: ArchitectureTests.root.appending(path: page), encoding: .utf8)
    }

    /// What stands in backticks, blocks of code left out.
    private static func quoted(_ page: String) throws -> [String] {
        try text(page).replacing(/(?m)^```[\s\S]*?^```/, with: "").matches(of: /`([^`\n]+)`/).map { String($0.1) }
    }

    /// Every word of the sources, the tests, the specifications of nodes and the manifest, and the names of their files.
    private static let words: Set<String> = {
        var words: Set<String> = []
        for folder in ["Sources", "Tests", "NodeSpecs", "Plugins", "Scripts", "Package.swift"] {
            let start = ArchitectureTests.root.appending(path: folder)
            let below = FileManager.default.enumerator(at: start, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
            for file in [start] + below where ["swift", "yaml", "c", "h", "py"].contains(file.pathExtension) {
                // The foreign part of the tests is data.
                if file.path.contains("/References/") || file.path.contains("/Cases/") { continue }
                words.insert(file.deletingPathExtension().lastPathComponent)
                let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
                for word in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" }) { words.insert(String(word)) }
            }
            for file in below where file.hasDirectoryPath { words.insert(file.lastPathComponent) }
        }
        return words
    }()

    /// Names of other programs' that nothing here is called.
    private static let foreign: Set<String> = ["UserComment", "ImageDescription"]

    @Test("a name in backticks that looks like a type's, a node's or a module's is one", arguments: pages)
    func types(page: String) throws {
        for name in try Self.quoted(page) where name.wholeMatch(of: /[A-Z]+[a-z0-9]+(?:[A-Z]+[a-z0-9]*)+/) != nil {
            #expect(Self.words.contains(name) || Self.foreign.contains(name), "\(page): `\(name)`")
        }
    }

    @Test("a member in backticks, as in `Type.member`, is one", arguments: pages)
    func members(page: String) throws {
        for name in try Self.quoted(page) {
            guard let match = name.wholeMatch(of: /([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+)\.([a-z][A-Za-z0-9]+)(?:\(.*\))?/) else { continue }
            if ["swift", "md", "yaml", "json", "c", "h", "py"].contains(String(match.2)) { continue }
            #expect(Self.words.contains(String(match.1)) && Self.words.contains(String(match.2)), "\(page): `\(name)`")
        }
    }

    @Test("a path in backticks that begins in the project is there", arguments: pages)
    func paths(page: String) throws {
        for name in try Self.quoted(page) {
            guard let match = name.firstMatch(of: /^(?:Sources|Tests|docs|NodeSpecs|Scripts|Workflows|Plugins|Fuzz|\.ci)\/[\w.+\/-]+/)
            else {
                continue
            }
            // `NodeSpecs/FOLDER/NAME.yaml` is a form, no file.
            if match.0.contains(/\/[A-Z]{3,}/) { continue }
            // The samples and the module of workflows have one name; the module's paths begin in `Sources`.
            let isThere = ["", "Sources/"].contains {
                FileManager.default.fileExists(atPath: ArchitectureTests.root.appending(path: $0 + String(match.0)).path)
            }
            #expect(isThere, "\(page): `\(name)`")
        }
    }

    @Test("links lead to files, and to headings of theirs", arguments: pages)
    func links(page: String) throws {
        let folder = ArchitectureTests.root.appending(path: page).deletingLastPathComponent()
        for link in try Self.text(page).matches(of: /\]\(([^)\s]+)\)/) where !link.1.hasPrefix("http") {
            let parts = link.1.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let target = parts[0].isEmpty ? ArchitectureTests.root.appending(path: page) : folder.appending(path: String(parts[0]))
            #expect(FileManager.default.fileExists(atPath: target.path), "\(page): \(link.1)")
            guard parts.count == 2, let text = try? String(contentsOf: target, encoding: .utf8) else { continue }
            let anchors = text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { heading in
                heading.drop { $0 == "#" || $0 == " " }.lowercased().filter {
                    $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_"
                }
                .replacing(" ", with: "-")
            }
            #expect(anchors.contains(String(parts[1])), "\(page): \(link.1)")
        }
    }
}
