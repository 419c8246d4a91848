import Foundation
import Testing

/// Workflows with nodes that nobody here has.
@Suite("Unknown nodes") struct SkipUnknownTests {
    private static let flow = """
        nodes:
          red: {type: EmptyImage, width: 8, height: 8, color: 0xff0000}
          plain: {type: SaveImage, images: red, filename_prefix: plain}
          strange: {type: FancyUpscaler, image: red}
          large: {type: SaveImage, images: strange, filename_prefix: large}
        """

    private func program(_ text: String) throws -> Program {
        let program = try Program()
        try text.write(toFile: program.folder.path + "/flow.yaml", atomically: true, encoding: .utf8)
        return program
    }

    @Test("without --skip-unknown nothing runs, and what could is named")
    func refused() throws {
        let outcome = try program(Self.flow).run("run", "flow.yaml")
        #expect(outcome.status == 2)
        #expect(outcome.lines.isEmpty)
        #expect(outcome.error.contains("flow.yaml:4:19: error: no node type is called \"FancyUpscaler\""), "\(outcome.error)")
        #expect(outcome.error.contains("nothing is run: the workflow needs nodes that Darkroom doesn't have (FancyUpscaler)"))
        #expect(outcome.error.contains("--skip-unknown runs the outputs that don't need them: plain"))
        #expect(try program(Self.flow).run("validate", "flow.yaml").status == 2)
    }

    @Test("with it the other outputs run, what is left out is said, and the exit code is that of the rest")
    func skipped() throws {
        let outcome = try program(Self.flow).run("run", "flow.yaml", "--skip-unknown")
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(outcome.lines.count == 1 && outcome.lines[0].hasSuffix("plain_00001_.png"))
        #expect(outcome.error.contains("warning: no node type is called \"FancyUpscaler\"; it is left out"))
        #expect(outcome.error.contains("\"large\" can't run: node \"strange\" is wrong"))
        #expect(try program(Self.flow).run("validate", "flow.yaml", "--skip-unknown").status == 0)
        // Another mistake is still one.
        let wrong = try program(Self.flow + "\n  wrong: {type: SaveImage, images: nobody}\n").run("run", "flow.yaml", "--skip-unknown")
        #expect(wrong.status == 2 && wrong.lines.count == 1)
    }

    @Test("when nothing is left, that is an error")
    func nothingLeft() throws {
        let flow = "nodes:\n  strange: {type: FancyUpscaler}\n  large: {type: SaveImage, images: strange}\n"
        #expect(try program(flow).run("run", "flow.yaml").error.contains("no output can do without them"))
        let outcome = try program(flow).run("run", "flow.yaml", "--skip-unknown")
        #expect(outcome.status == 2 && outcome.error.contains("nothing is left to run"), "\(outcome.error)")
    }
}
