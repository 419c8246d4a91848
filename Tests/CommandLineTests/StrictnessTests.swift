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

    @Test("warnings of the file are told with --quiet, too; of two settings of one input the last one counts, with a word")
    func quiet() throws {
        let program = try Program()
        try program.write("flow.json", Self.flow)
        let outcome = try program.run("run", "flow.json", "--quiet", "--set", "1.seed=4", "--set", "1.seed=5")
        #expect(outcome.status == 0 && outcome.error.contains("has no input \"old\""), "\(outcome.error)")
        #expect(outcome.error.contains("\"1.seed\" is set 2 times; the last one counts"), "\(outcome.error)")
    }

    @Test(
        "options that say nothing without a sweep, and a sheet that can't be written, are refused before anything is computed",
        arguments: [
            (["--zip"], "--zip belongs to a sweep"), (["--resume", "--sheet", "x.png"], "--resume and --sheet belong to a sweep"),
            (["--sweep", "1.seed=1,2", "--sheet", "x.gif"], "--sheet takes the name of a PNG file, not \"x.gif\""),
            (["--sweep", "1.seed=1,2", "--sheet", "no/x.png"], "the sheet no/x.png can't be written: No such file or directory"),
        ])
    func sweeps(options: [String], message: String) throws {
        let program = try Program()
        try program.write("flow.json", Self.flow)
        let outcome = try program.run(["run", "flow.json"] + options, stop: nil)
        #expect(outcome.status != 0 && outcome.error.contains(message) && !outcome.error.contains("EmptyImage"), "\(outcome.error)")
    }

    @Test("a device given as a result is written to, not replaced")
    func device() throws {
        let program = try Program()
        try program.write("flow.json", Self.flow)
        let pipe = program.folder.path + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        let reader = Thread { _ = try? FileHandle(forReadingAtPath: pipe)?.readToEnd() }
        reader.start()
        let outcome = try program.run("convert", "flow.json", "--to", "yaml", "-o", "pipe")
        #expect(outcome.status == 0, "\(outcome.error)")
        var status = stat()
        #expect(lstat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
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
                process.arguments = ["-c", call + " --no-cache 2> trouble.txt"]
                process.currentDirectoryURL = URL(fileURLWithPath: program.folder.path)
                process.standardOutput = output
                try process.run()
                let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                process.waitUntilExit()
                let trouble =
                    FileManager.default.contents(atPath: program.folder.path + "/trouble.txt").map { String(decoding: $0, as: UTF8.self) }
                    ?? ""
                #expect(
                    process.terminationStatus == 0 && text.contains("a_0000"), "\(call): \(process.terminationStatus) \(trouble)")
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
        let link = program.folder.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/nowhere/at/all")
        let dangling = try program.run("run", "flow.json", "--output-dir", link)
        #expect(
            dangling.status == 1 && dangling.error.contains("leads nowhere") && !dangling.error.contains("EmptyImage"), "\(dangling.error)")
    }
}
