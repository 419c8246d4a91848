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
}
