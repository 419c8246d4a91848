import Foundation
import Pictures
import Tensors
import Testing

@Suite("The program, called as a person calls it")
struct CommandLineTests {
    let program: Program
    init() throws { program = try Program() }

    /// A workflow that needs no model.
    static let squares = """
        parameters:
          colour: 16711680
        nodes:
          red: {type: EmptyImage, width: 16, height: 8, batch_size: 2, color: "${colour}"}
          inverted: {type: ImageInvert, image: red}
          saved: {type: SaveImage, images: inverted, filename_prefix: squares/a}
        """

    @Test("version and help end well, a wrong call with 2")
    func calls() throws {
        let version = try program.run("version")
        #expect(version.status == 0)
        #expect(version.lines.first?.hasPrefix("darkroom ") == true)
        #expect(try program.run("--help").status == 0)
        #expect(try program.run("develop").status == 2)
        #expect(try program.run("run").status == 2)
        #expect(try program.run("run", "none.yaml").status == 3)
    }

    @Test("run writes numbered pictures, prints their absolute paths, and goes on counting")
    func run() throws {
        try program.write("flow.yaml", Self.squares)
        let first = try program.run("run", "flow.yaml")
        #expect(first.status == 0, "\(first.error)")
        let folder = URL(fileURLWithPath: program.folder.path).resolvingSymlinksInPath().path
        let paths = first.lines.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path }
        #expect(paths == [1, 2].map { "\(folder)/output/squares/a_0000\($0)_.png" })
        #expect(try program.run("run", "flow.yaml", "--set", "colour=255").lines.count == 2)
        #expect(program.names(in: "output/squares") == (1...4).map { "a_0000\($0)_.png" })
    }

    @Test("a picture carries the workflow that made it, and makes the same pixels again")
    func pictureCarriesWorkflow() throws {
        try program.write("flow.yaml", Self.squares)
        let first = try program.run("run", "flow.yaml", "--set", "colour=4660")
        let picture = try #require(first.lines.first)
        let second = try program.run("run", picture, "--no-cache")
        #expect(second.status == 0, "\(second.error)")
        let again = try #require(second.lines.first)
        #expect(again != picture)
        #expect(try Picture.read(again).image.pixels.floats == Picture.read(picture).image.pixels.floats)
        #expect(try PictureMetadata.read(picture).prompt?.contains("\"color\": 4660") == true)
    }

    @Test("--json prints one object: outputs in the order written, nodes with status and reason, warnings, seconds")
    func json() throws {
        try program.write("flow.yaml", Self.squares)
        let outcome = try program.run("run", "flow.yaml", "--json", "--quiet")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect(Set(object.keys) == ["outputs", "nodes", "warnings", "seconds"])
        let outputs = try #require(object["outputs"] as? [[String: Any]])
        #expect(outputs.map { $0["index"] as? Int } == [0, 1])
        #expect(outputs.allSatisfy { Set($0.keys) == ["node", "title", "type", "path", "index"] })
        #expect(outputs.allSatisfy { ($0["path"] as? String)?.hasPrefix("/") == true && $0["type"] as? String == "SaveImage" })
        let nodes = try #require(object["nodes"] as? [[String: Any]])
        #expect(nodes.map { $0["id"] as? String } == ["red", "inverted", "saved"])
        #expect(nodes.allSatisfy { Set($0.keys) == ["id", "type", "title", "status", "reason", "seconds"] })
        #expect(nodes.allSatisfy { $0["status"] as? String == "ran" })
        #expect(outcome.error.isEmpty)
    }

    @Test("events are JSON lines, each with its kind")
    func events() throws {
        try program.write("flow.yaml", Self.squares)
        let outcome = try program.run("run", "flow.yaml", "--events", "-", "--quiet")
        let kinds = try outcome.lines.map { line in
            (try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["event"] as? String
        }
        #expect(kinds.first == "planned")
        #expect(kinds.count { $0 == "finished" } == 3)
        #expect(kinds.count { $0 == "file" } == 2)
    }

    @Test("problems are told with file, line, column, the line itself and a hint, all at once")
    func diagnostics() throws {
        try program.write(
            "flow.yaml",
            """
            nodes:
              red: {type: EmptyImage, width: 16, hight: 8}
              inverted: {type: ImageInvrt, image: red}
              saved: {type: SaveImage, images: inverted}
            """)
        let outcome = try program.run("validate", "flow.yaml")
        #expect(outcome.status == 2)
        #expect(outcome.error.contains("flow.yaml:2:38: "))
        #expect(outcome.error.contains("flow.yaml:3:20: error: "))
        #expect(outcome.error.contains("ImageInvert"))
        #expect(outcome.error.contains("^"))
        #expect(try program.run("run", "flow.yaml").status == 2)
        #expect(program.names(in: "output").isEmpty)
    }

    @Test("a missing model is exit code 3, and the message says where was looked")
    func missingModel() throws {
        try program.write(
            "flow.yaml", "nodes: {base: {type: LoadCheckpoint, ckpt_name: none.ckpt}, out: {type: PreviewAny, source: {from: base.MODEL}}}")
        let outcome = try program.run("validate", "flow.yaml", "--models", "here")
        #expect(outcome.status == 3, "\(outcome.error)")
        #expect(outcome.error.contains("here/checkpoints"))
    }

    @Test(
        "names that lead out of their folders are refused before anything is written",
        arguments: ["../out", "/tmp/out", "a/../../out"])
    func confinement(prefix: String) throws {
        try program.write("flow.yaml", Self.squares)
        let outcome = try program.run("run", "flow.yaml", "--set", "saved.filename_prefix=\(prefix)")
        #expect(outcome.status == 2)
        #expect(outcome.error.contains("names stay inside the output folder"), "\(outcome.error)")
        #expect(program.names(in: "output").isEmpty)
    }

    @Test("nodes shows a type by its alias, and names the nearest for a slip")
    func nodes() throws {
        let entry = try program.run("nodes", "LoadCheckpoint")
        #expect(entry.lines.first == "CheckpointLoaderSimple")
        let slip = try program.run("nodes", "KSmpler")
        #expect(slip.status == 2)
        #expect(slip.error.contains("KSampler"))
    }

    @Test("without a terminal there are neither bars nor colours")
    func plainLines() throws {
        try program.write("flow.yaml", Self.squares)
        let outcome = try program.run("run", "flow.yaml")
        #expect(!outcome.error.contains("\u{1B}") && !outcome.error.contains("\r"))
        #expect(outcome.error.contains("inverted (ImageInvert)"))
    }

    @Test("help on a workflow lists its parameters with their defaults")
    func parameterHelp() throws {
        try program.write("flow.yaml", Self.squares)
        let outcome = try program.run("run", "flow.yaml", "--help")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("--set colour=…  default 16711680"))
    }

    @Test("an unchanged workflow runs nothing and names what it wrote before; a lost picture is written again")
    func reuse() throws {
        try program.write("flow.yaml", Self.squares)
        let first = try program.run("run", "flow.yaml")
        let second = try program.run("run", "flow.yaml")
        #expect(second.lines == first.lines)
        #expect(second.error.contains("3 reused"), "\(second.error)")
        try FileManager.default.removeItem(atPath: try #require(first.lines.first))
        let third = try program.run("run", "flow.yaml")
        #expect(third.status == 0 && !third.lines.isEmpty)
        #expect(third.error.contains("is gone"), "\(third.error)")
        #expect(try program.run("cache", "verify").lines.last?.hasSuffix(" 0 damaged") == true)
    }

    @Test("explain says why a node would run, and computes nothing")
    func explain() throws {
        try program.write("flow.yaml", Self.squares)
        _ = try program.run("run", "flow.yaml")
        let outcome = try program.run("explain", "flow.yaml", "--set", "colour=255")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("color changed from 16711680 to 255"), "\(outcome.output)")
        #expect(program.names(in: "output/squares").count == 2)
    }
}
