import Foundation
import Pictures
import Testing

/// What was asked for and not done is told in every place, and again.
@Suite("What isn't done as it was asked") struct StrictnessTests {
    /// A seed that the node takes for another one, with a warning, and an input that ComfyUI ignores.
    static let flow = """
        {"1": {"class_type": "Seed (rgthree)", "inputs": {"seed": -1, "old": 3}},
         "2": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": ["1", 0]}},
         "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "a"}}}
        """

    @Test("warnings are told again when everything is reused, in --json and in the pictures")
    func told() throws {
        let program = try Program()
        try program.write("flow.json", Self.flow)
        let first = try program.run("run", "flow.json"), second = try program.run("run", "flow.json", "--json")
        #expect(first.status == 0 && second.status == 0, "\(first.error) \(second.error)")
        for outcome in [first, second] { #expect(outcome.error.contains("asks for another seed every time"), "\(outcome.error)") }
        #expect(
            second.output.contains("asks for another seed every time") && second.output.contains("no input \\\"old\\\""), "\(second.output)"
        )
        let text = try PictureMetadata.read(try #require(first.lines.first))["darkroom_warnings"]
        #expect(text?.contains("1: seed -1 asks for another seed") == true && text?.contains("no input \"old\"") == true, "\(text ?? "")")
    }

    @Test("--strict does nothing that isn't done just as it was asked")
    func strict() throws {
        let program = try Program()
        try program.write("flow.json", Self.flow)
        for command in ["run", "validate"] {
            let outcome = try program.run(command, "flow.json", "--strict")
            #expect(
                outcome.status == 2 && outcome.error.contains("error: Seed (rgthree) has no input \"old\""), "\(command): \(outcome.error)")
        }
        try program.write("flow.json", Self.flow.replacing(#", "old": 3"#, with: ""))
        let run = try program.run("run", "flow.json", "--strict")
        #expect(run.status == 1 && run.error.contains("asks for another seed") && run.lines.isEmpty, "\(run.error)")
        #expect(try program.run("run", "flow.json", "--strict", "--set", "1.seed=5").status == 0)
    }

    @Test("output that can't be written is a failure", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func lostOutput() throws {
        let program = try Program()
        try program.write("flow.json", Self.flow)
        func shell(_ command: String) throws -> (status: Int32, error: String) {
            let process = Process(), errors = Pipe()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", command.replacing("darkroom", with: "'\(Program.path)'")]
            process.currentDirectoryURL = URL(fileURLWithPath: program.folder.path)
            process.standardError = errors
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (process.terminationStatus, text)
        }
        for command in ["nodes", "version", "--help", "validate flow.json", "convert flow.json --to yaml", "run flow.json --no-cache"] {
            let outcome = try shell("darkroom \(command) > /dev/full")
            #expect(outcome.status == 1 && outcome.error.contains("can't write to standard output"), "\(command): \(outcome)")
        }
        let log = try shell("darkroom run flow.json --no-cache --events /dev/full")
        #expect(log.status == 1 && log.error.contains("/dev/full"), "\(log)")
    }

    @Test("a workflow or a picture is read from a pipe and from standard input")
    func pipes() throws {
        let program = try Program()
        try program.write("flow.json", Self.flow)
        let picture = try #require(try program.run("run", "flow.json").lines.first)
        for file in ["flow.json", picture] {
            for call in ["cat '\(file)' | '\(Program.path)' run -", "'\(Program.path)' run <(cat '\(file)')"] {
                let process = Process(), output = Pipe()
                process.executableURL = URL(fileURLWithPath: "/bin/bash")
                process.arguments = ["-c", call + " --no-cache"]
                process.currentDirectoryURL = URL(fileURLWithPath: program.folder.path)
                process.standardOutput = output
                process.standardError = FileHandle.nullDevice
                try process.run()
                let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                process.waitUntilExit()
                #expect(process.terminationStatus == 0 && text.contains("a_0000"), "\(call): \(text)")
            }
        }
    }

    @Test("trouble with names of results and with their folder is told before anything is computed")
    func outputs() throws {
        let program = try Program()
        try program.write("flow.json", Self.flow.replacing(#""a"}"#, with: #""a/../../b"}"#))
        let named = try program.run("validate", "flow.json")
        #expect(named.status == 2 && named.error.contains("bad-output-name"), "\(named.error)")
        try program.write("flow.json", Self.flow)
        try program.write("file", "")
        let blocked = try program.run("run", "flow.json", "--output-dir", "file/below")
        #expect(blocked.status == 1 && blocked.error.contains("is no folder") && !blocked.error.contains("EmptyImage"), "\(blocked.error)")
    }
}
