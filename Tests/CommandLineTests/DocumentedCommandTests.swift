import Foundation
import Testing

/// The commands that the pages show exist, with their options.
@Suite("Commands in the documentation") struct DocumentedCommandTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func pages() throws -> [(name: String, text: String)] {
        let names = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "docs").path)
        return try (["README.md"] + names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/" + $0 }).map {
            ($0, try String(contentsOf: root.appending(path: $0), encoding: .utf8))
        }
    }

    @Test("commands and their options are those of the program; targets of make are those of the Makefile")
    func commands() throws {
        let program = try Program()
        let overview = try program.run("--help").output
        var helps: [String: String] = [:]
        let makefile = try String(contentsOf: Self.root.appending(path: "Makefile"), encoding: .utf8)
        var count = 0
        for page in try Self.pages() {
            // A line that goes on is one.
            let text = page.text.replacing("\\\n", with: " ")
            let lines = text.split(separator: "\n").map(String.init) + text.matches(of: /`([^`\n]+)`/).map { String($0.1) }
            for line in lines {
                if let make = line.wholeMatch(of: /\s*make ([a-z-]+)(?:\s.*)?/) {
                    #expect(makefile.contains("\n\(make.1):") || makefile.hasPrefix("\(make.1):"), "\(page.name): \(line)")
                }
                guard let call = line.wholeMatch(of: /\s*(?:\$ )?darkroom ([a-z]+)\b(.*)/) else { continue }
                let command = String(call.1)
                #expect(overview.contains("  \(command) ") || command == "help" || command == "worker", "\(page.name): \(line)")
                if helps[command] == nil { helps[command] = try program.run("help", command).output }
                // What stands behind a hash or a pipe is no part of the call.
                let arguments = call.2.split(separator: "#", maxSplits: 1).first?.split(separator: "|", maxSplits: 1).first ?? ""
                for option in arguments.matches(of: /(?:^|\s)(--[a-z][a-z-]*)/) {
                    count += 1
                    #expect(helps[command]?.contains(option.1) == true, "\(page.name): \(line): \(option.1)")
                }
            }
        }
        #expect(count > 20)
    }

    @Test("every option that the page of the command line lists exists, and every one of run is listed")
    func options() throws {
        let program = try Program()
        let page = try String(contentsOf: Self.root.appending(path: "docs/cli.md"), encoding: .utf8)
        var all = ""
        for command in ["run", "watch", "validate", "explain", "convert", "graph", "lock", "nodes", "models", "cache"] {
            all += try program.run("help", command).output
        }
        for command in ["list", "prune", "verify", "clear", "info"] { all += try program.run("help", "cache", command).output }
        for option in page.matches(of: /`(--[a-z][a-z-]*)/) { #expect(all.contains(option.1), "docs/cli.md: \(option.1)") }
        for option in try program.run("help", "run").output.matches(of: /(?m)^  (?:-\w, )?(--[a-z][a-z-]*)/)
        where !["--help", "--version"].contains(String(option.1)) {
            #expect(page.contains(option.1), "docs/cli.md lacks \(option.1)")
        }
    }
}
