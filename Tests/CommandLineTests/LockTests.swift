import Foundation
import Testing

@Suite("darkroom lock")
struct LockTests {
    @Test("a locked workflow runs until a file it uses changes, and says which")
    func lock() throws {
        let program = try Program()
        let folder = FileManager.default.temporaryDirectory.appending(path: "lock-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder.appending(path: "input"), withIntermediateDirectories: true)
        let samples = Program.project.appending(path: "Workflows/input")
        let picture = folder.appending(path: "input/a.png")
        try FileManager.default.copyItem(at: samples.appending(path: "tree.png"), to: picture)
        let file = folder.appending(path: "flow.yaml")
        try "nodes:\n  a: {type: LoadImage, image: a.png}\n  b: {type: SaveImage, images: a.IMAGE}\n"
            .write(to: file, atomically: true, encoding: .utf8)

        let early = try program.run("run", file.path, "--locked")
        #expect(early.status == 3 && early.error.contains("there is no lock"), "\(early.error)")
        #expect(try program.run("lock", file.path).status == 0)
        let fine = try program.run("run", file.path, "--locked")
        #expect(fine.status == 0, "\(fine.error)")
        try FileManager.default.removeItem(at: picture)
        try FileManager.default.copyItem(at: samples.appending(path: "house.png"), to: picture)
        let changed = try program.run("run", file.path, "--locked")
        #expect(changed.status == 2 && changed.error.contains("input/a.png has another content"), "\(changed.error)")
    }
}
