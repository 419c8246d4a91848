import Foundation
import Testing
import Workflows

@Suite("Diagnostics' reference") struct DiagnosticReferenceTests {
    @Test("docs/diagnostics.md says of every code what the program says", arguments: DiagnosticCode.allCases)
    func documented(code: DiagnosticCode) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/diagnostics.md"), encoding: .utf8)
        #expect(text.contains("| `\(code.rawValue)` | \(code.meaning) | \(code.hint) |"))
    }
}
