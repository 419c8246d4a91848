import Foundation
import Testing

@Suite("Misspelt --set")
struct MisspeltSettingTests {
    @Test("a --set that names nothing stops the run before anything is written, and the nearest name is given")
    func misspelt() throws {
        let program = try Program()
        let file = Program.project.appending(path: "Workflows/txt2img.yaml").path
        let outcome = try program.run("run", file, "--set", "sed=9")
        #expect(outcome.status == 2)
        #expect(outcome.error.contains("did you mean \"seed\"?"), "\(outcome.error)")
        #expect(outcome.lines.isEmpty)
        #expect(program.names(in: "output").isEmpty)
    }
}
