import Foundation
import Testing

/// Errors that are caught and not told are listed with their reason.
@Suite("Where the program goes on without something") struct GoesOnWithoutTests {
    /// Programs for ourselves tell whom they please.
    private static let others: Set<String> = ["Benchmarks", "GoldenSupport", "golden", "worker-faults", "embed-files"]

    @Test("every place that catches an error without a word is in docs/goes-on-without.md, with a reason")
    func listed() throws {
        var found: [String: Int] = [:]
        for module in ArchitectureTests.ours.subtracting(Self.others) {
            let folder = ArchitectureTests.root.appending(path: "Sources").path + "/"
            for file in ArchitectureTests.swiftFiles(under: "Sources/\(module)") {
                let count = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
                    .filter { !$0.drop { $0 == " " }.hasPrefix("//") && $0.contains(/\btry\?/) }.count
                if count > 0 { found[String(file.path.dropFirst(folder.count))] = count }
            }
        }
        let page = try String(contentsOf: ArchitectureTests.root.appending(path: "docs/goes-on-without.md"), encoding: .utf8)
        var listed: [String: Int] = [:]
        for row in page.split(separator: "\n") {
            guard let match = row.wholeMatch(of: /\| `([^`]+\.swift)` \| (\d+) \| (.+) \|/) else { continue }
            listed[String(match.1)] = Int(match.2)
            #expect(match.3.count > 5, "\(match.1)")
        }
        for (path, count) in found { #expect(listed[path] == count, "\(path)") }
        for path in listed.keys { #expect(found[path] != nil, "\(path)") }
    }

    /// Folders of those who read what people give, wherever they lie.
    private static let readers: Set<String> = [
        "Checkpoints", "Reading", "Documents", "Resolving", "Importing", "Locking", "Services", "Loaders", "Adapters", "Opening", "Formats",
    ]

    @Test("every place where a reader passes over something without a word is in docs/goes-on-without.md, with a reason")
    func readers() throws {
        var found: [String: Int] = [:]
        for file in ArchitectureTests.swiftFiles(under: "Sources") where !Self.readers.isDisjoint(with: file.pathComponents) {
            let count = Self.silentPlaces(in: try String(contentsOf: file, encoding: .utf8))
            if count > 0 { found[file.deletingPathExtension().lastPathComponent, default: 0] += count }
        }
        let page = try String(contentsOf: ArchitectureTests.root.appending(path: "docs/goes-on-without.md"), encoding: .utf8)
        var listed: [String: Int] = [:]
        for row in page.split(separator: "\n") {
            guard let match = row.wholeMatch(of: /\| `([^`\/.]+)` \| (\d+) \| (.+) \|/) else { continue }
            listed[String(match.1)] = Int(match.2)
            #expect(match.3.count > 5, "\(match.1)")
        }
        for (name, count) in found { #expect(listed[name] == count, "\(name)") }
        for name in listed.keys { #expect(found[name] != nil, "\(name)") }
    }

    /// `continue`, and `default:` without anything, where no line before it in the same block says something.
    private static func silentPlaces(in text: String) -> Int {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        func indent(_ line: Substring) -> Int { line.prefix { $0 == " " }.count }
        return lines.indices.count { index in
            let line = lines[index].drop { $0 == " " }
            guard !line.hasPrefix("//") else { return false }
            let passes = line.contains(/\bcontinue\b/)
            let nothing = /(?:break|continue|nil|\[\]|""|return(?: nil| \[\]| false)?)/
            let next = index + 1 < lines.count ? lines[index + 1].drop { $0 == " " } : ""
            let isDefault =
                line == "default:"
                ? next.wholeMatch(of: nothing) != nil
                : line.hasPrefix("default: ") && line.dropFirst(9).wholeMatch(of: nothing) != nil
            guard passes || isDefault else { return false }
            if line.contains("{ continue }") { return true }
            for before in lines[..<index].reversed() {
                if before.allSatisfy({ $0 == " " }) || indent(before) < indent(lines[index]) { return true }
                if before.contains(Self.said) { return false }
            }
            return true
        }
    }

    private static var said: Regex<Substring> {
        /note\(|report\(|warn\(|noteUnread\(|UINote\(|notes\.append|notes \+=|throw |Diagnostic\(|diagnostics|lost\(|unknown\.append|strangers\.append/
    }
}
