import Foundation
import Pictures
import Testing

@Suite("A picture as its workflow")
struct PictureWorkflowTests {
    let program: Program
    init() throws { program = try Program() }

    static let flow = """
        # A square of one colour.
        parameters: {colour: {type: INT, default: 255, description: as a number}}
        nodes:
          part: {workflow: parts/square.yaml, with: {colour: "${colour}"}}
          saved: {type: SaveImage, images: part, filename_prefix: a}
        """
    static let square = """
        parameters: {colour: {type: INT}}
        nodes: {made: {type: EmptyImage, width: 16, height: 8, color: "${colour}"}}
        outputs: {image: made}
        """

    /// A picture made of the workflow, in a place where none of its files is.
    private func picture(_ set: String...) throws -> String {
        let maker = try Program()
        try maker.write("flow.yaml", Self.flow)
        try FileManager.default.createDirectory(atPath: maker.folder.path + "/parts", withIntermediateDirectories: true)
        try maker.write("parts/square.yaml", Self.square)
        let outcome = try maker.run(["run", "flow.yaml"] + set.flatMap { ["--set", $0] }, stop: nil)
        let path = try #require(outcome.lines.first, "\(outcome.error)")
        try FileManager.default.copyItem(atPath: path, toPath: program.folder.path + "/moved.png")
        return "moved.png"
    }

    private func size(_ path: String?) throws -> [Int] {
        let image = try Picture.read(try #require(path)).image
        return [image.width, image.height]
    }

    @Test("a picture runs as the file it was made from, with its parameters and what was set, wherever it lies")
    func runs() throws {
        let picture = try picture("colour=4660", "part/made.width=24")
        let again = try program.run("run", picture)
        #expect(again.status == 0, "\(again.error)")
        #expect(try size(again.lines.first) == [24, 8])
        let made = try Picture.read(try #require(again.lines.first))
        #expect(made.metadata.prompt?.contains("\"color\": 4660") == true)
        let other = try program.run("run", picture, "--set", "colour=16711680", "--set", "height=32")
        #expect(other.status == 0, "\(other.error)")
        #expect(try size(other.lines.first) == [24, 32])
        #expect(try PictureMetadata.read(try #require(other.lines.first)).prompt?.contains("\"color\": 16711680") == true)
    }

    @Test("a picture is converted as the file it was made from, with the values that were set")
    func converts() throws {
        let picture = try picture("colour=4660")
        let converted = try program.run("convert", picture, "--to", "yaml")
        #expect(converted.status == 0, "\(converted.error)")
        #expect(converted.output.contains("default: 4660") && converted.output.contains("description: as a number"), "\(converted.output)")
        #expect(converted.output.contains("workflow: parts/square.yaml"))
        let written = try program.run("convert", picture, "-o", "out/flow.yaml")
        #expect(written.status != 0, "there is no folder out")
        try FileManager.default.createDirectory(atPath: program.folder.path + "/out", withIntermediateDirectories: true)
        let whole = try program.run("convert", picture, "-o", "out/flow.yaml")
        #expect(whole.lines.map { $0.split(separator: "/").suffix(2).joined(separator: "/") } == ["out/flow.yaml", "parts/square.yaml"])
        #expect(try program.run("run", "out/flow.yaml").status == 0)
        #expect(try program.run("convert", picture, "--to", "api").output.contains("\"color\": 4660"))
    }
}
