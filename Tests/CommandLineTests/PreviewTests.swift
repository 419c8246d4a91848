import Foundation
import Pictures
import Tensors
import Testing

@Suite("Previews")
struct PreviewTests {
    @Test("every step leaves a picture, and the latest one has a file of its own")
    func files() throws {
        let program = try Program()
        let file = SampleWorkflowTests.folder.appending(path: "txt2img.yaml").path
        let outcome = try program.run("run", file, "--set", "sampled.steps=3", "--steps-out", "steps", "--preview", "now.png")
        #expect(outcome.status == 0, "\(outcome.error)")
        let steps = try FileManager.default.contentsOfDirectory(atPath: program.folder.path + "/steps").sorted()
        #expect(steps == ["sampled_0001.png", "sampled_0002.png", "sampled_0003.png"])
        let last = try Picture.read(program.folder.path + "/steps/sampled_0003.png")
        let latest = try Picture.read(program.folder.path + "/now.png")
        #expect(last.image.pixels.hasSameBits(as: latest.image.pixels))
        // No small autoencoder there: a pixel for each cell of the latent.
        #expect(last.image.width == 16 && last.image.height == 16)
    }

    @Test(
        "under a picture drawn in the terminal the progress line stays in sight",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
    func progress() throws {
        let program = try Program()
        let file = SampleWorkflowTests.folder.appending(path: "txt2img.yaml").path
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
        let command = "'\(Program.path)' run '\(file)' --set sampled.steps=3 --no-cache --preview blocks"
        process.arguments = ["-qec", command, "/dev/null"]
        process.currentDirectoryURL = URL(fileURLWithPath: program.folder.path)
        process.environment = ["TERM": "xterm", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
        let lines = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n").replacing(/\u{1B}\[[0-9;]*[A-Za-z]/, with: "").split(
            separator: "\n")
        let pictures = lines.indices.filter { lines[$0].contains("▀") }
        let last = try #require(pictures.last)
        #expect(pictures.count >= 4)
        #expect(lines.indices.contains(last + 1) && lines[last + 1].contains(/[█░] \d\/3/), "\(lines.suffix(6))")
    }

    @Test("a folder that can't be made ends the run before it begins")
    func unwritable() throws {
        let program = try Program()
        let file = SampleWorkflowTests.folder.appending(path: "txt2img.yaml").path
        let outcome = try program.run("run", file, "--steps-out", "/proc/nothing/steps")
        #expect(outcome.status != 0)
        #expect(outcome.lines.isEmpty)
    }

    @Test("an unknown way to draw is refused with the known ones")
    func unknown() throws {
        let outcome = try Program().run("run", "flow.yaml", "--preview", "oil")
        #expect(outcome.status == 2, "\(outcome.error)")
        #expect(outcome.error.contains("auto, kitty, iterm2, sixel, blocks or a file name ending in .png"))
    }

    @Test("memory is a size", arguments: ["lots", "4X", "-1G", "0"])
    func memory(size: String) throws {
        let outcome = try Program().run("run", "flow.yaml", "--memory=\(size)")
        #expect(outcome.status == 2, "\(outcome.error)")
        #expect(outcome.error.contains("--memory takes a size"))
    }
}
