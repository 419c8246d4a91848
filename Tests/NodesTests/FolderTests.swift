import Problems
import Foundation
import Testing
import WorkflowEngine

@testable import Nodes
@testable import Workflows

@Suite("Folders that workflows name files in")
struct FolderTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test(
        "names that lead out of a folder are refused, each with its reason",
        arguments: [
            ("../secret.png", "leads upwards"), ("a/../../secret.png", "leads upwards"), ("/etc/passwd", "absolute"),
            ("", "names no file"), (".", "names no file"), ("a\0b", "zero byte"),
        ])
    func refusesEscapes(name: String, reason: String) throws {
        let confined = ConfinedFolder(path: folder.path, label: "input folder")
        let error = #expect(throws: NodeError.self) { try confined.resolve(name) }
        #expect(error?.code == .outsideFolder)
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test("a link that leads out of a folder is refused, one that stays inside is followed")
    func refusesLinks() throws {
        let elsewhere = try TemporaryFolder()
        try elsewhere.file("secret.png")
        try folder.file("pictures/a.png")
        try folder.link("out", to: elsewhere.path)
        try folder.link("in", to: folder.path + "/pictures")
        try folder.link("dangling", to: "/nowhere/at/all")
        let confined = ConfinedFolder(path: folder.path, label: "input folder")
        #expect(try confined.resolve("in/a.png") == folder.path + "/in/a.png")
        #expect(throws: NodeError.self) { try confined.resolve("out/secret.png") }
        #expect(throws: NodeError.self) { try confined.resolve("out/new.png") }
        #expect(throws: NodeError.self) { try confined.resolve("dangling") }
    }

    @Test("a name that isn't there yet resolves, with sub-folders")
    func resolvesNewNames() throws {
        let confined = ConfinedFolder(path: folder.path, label: "output folder")
        #expect(try confined.resolve("a/b/c.png") == folder.path + "/a/b/c.png")
        #expect(try confined.resolve("./a.png") == folder.path + "/a.png")
    }

    @Test("output names continue from the highest number that is there")
    func continuesNumbers() throws {
        for name in ["tree_00001_.png", "tree_00041_.png", "tree_x_.png", "treehouse_00099_.png", "other_00100_.png"] {
            try folder.file(name)
        }
        let output = OutputFolder(path: folder.path)
        let series = try output.series(prefix: "tree")
        #expect(series.next == 42)
        #expect(series.fileName(number: 42, batchIndex: 0, extension: "png") == "tree_00042_.png")
        #expect(try output.series(prefix: "new").next == 1)
    }

    @Test("a prefix may name sub-folders and be filled with size and time")
    func fillsPrefix() throws {
        let output = OutputFolder(path: folder.path)
        let date = Date(timeIntervalSince1970: 0)
        let series = try output.series(prefix: "a/b/%width%x%height%-%year%", width: 64, height: 32, date: date)
        #expect(series.subfolder == "a/b")
        #expect(series.base.hasPrefix("64x32-19"))
        // Normalised as ComfyUI does: only a prefix that leads out after that is refused.
        for (prefix, subfolder, base) in [
            ("sub/", "", "sub"), ("a/b/", "a", "b"), ("a/../b", "", "b"), ("./a//b", "a", "b"), ("a/b/..", "", "a"), ("", "", ""),
        ] {
            let series = try output.series(prefix: prefix)
            #expect(series.subfolder == subfolder && series.base == base, "\(prefix): \(series)")
        }
        for prefix in ["a/../../b", "..", "a/../..", "/a", String(repeating: "n", count: 300)] {
            #expect(throws: NodeError.self, "\(prefix)") { try output.check(prefix: prefix) }
        }
        #expect(throws: NodeError.self) { try output.series(prefix: "../tree") }
        #expect(throws: NodeError.self) { try output.series(prefix: "/tmp/tree") }
    }

    @Test("what killed processes left beside the results is removed, what others are writing is not")
    func leftovers() throws {
        let gone = pid_t(999_999_999), old = Date(timeIntervalSinceNow: -3600)
        let names = [".a_00001_.png.\(gone).1.part", ".b.part", ".c.png.\(getpid()).1.part", ".d.png.\(gone).2.part"]
        for name in names {
            let path = folder.path + "/" + name
            try Data("x".utf8).write(to: URL(fileURLWithPath: path))
            if name != names[3] { try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: path) }
        }
        _ = try OutputFolder(path: folder.path).series(prefix: "a")
        #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) == Set(names.dropFirst()))
    }

    @Test("a taken number is passed over, and nothing but whole files is left")
    func writesUnderFreeNumber() throws {
        try folder.file("out/tree_00001_.png", "old")
        let output = OutputFolder(path: folder.path + "/out")
        let series = OutputFolder.Series(subfolder: "", base: "tree", next: 1)
        let written = try output.write(Array("new".utf8), series: series, from: 1, batchIndex: 0, extension: "png")
        #expect(written.number == 2)
        #expect(try String(contentsOfFile: folder.path + "/out/tree_00001_.png", encoding: .utf8) == "old")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/out").sorted()
                == ["tree_00001_.png", "tree_00002_.png"])
    }

    @Test("models are found by kind, with sub-folders, in the order of the roots, and directly in a root")
    func findsModels() throws {
        let second = try TemporaryFolder()
        for name in ["checkpoints/a.safetensors", "checkpoints/sub/b.ckpt", "checkpoints/readme.txt", "loose.safetensors"] {
            try folder.file(name)
        }
        try second.file("checkpoints/a.safetensors")
        try second.file("unet/u.safetensors")
        let models = ModelFolders(roots: [folder.path, second.path])
        #expect(models.names(of: "checkpoints") == ["a.safetensors", "loose.safetensors", "sub/b.ckpt"])
        #expect(try models.path(of: "a.safetensors", kind: "checkpoints") == folder.path + "/checkpoints/a.safetensors")
        #expect(try models.path(of: "sub\\b.ckpt", kind: "checkpoints") == folder.path + "/checkpoints/sub/b.ckpt")
        #expect(try models.path(of: "u.safetensors", kind: "diffusion_models") == second.path + "/unet/u.safetensors")
        #expect(try models.path(of: "loose.safetensors", kind: "vae") == folder.path + "/loose.safetensors")
        #expect(try models.path(of: "none.safetensors", kind: "vae") == nil)
        #expect(throws: NodeError.self) { try models.path(of: "../a.safetensors", kind: "checkpoints") }
    }
}

@Suite("extra_model_paths.yaml")
struct ExtraModelPathsTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test("folders are relative to base_path or the file, several to a key, a default section first")
    func findsModels() throws {
        for name in ["sd/models/a.safetensors", "more/b.ckpt", "first/a.safetensors", "root/checkpoints/a.safetensors"] {
            try folder.file(name)
        }
        let file = try folder.file(
            "extra_model_paths.yaml",
            """
            webui:
                base_path: sd
                checkpoints: |
                    models
                    ../more
            mine:
                is_default: true
                checkpoints: first
            """)
        var paths = ExtraModelPaths()
        try paths.add(contentsOf: file)
        #expect(paths.diagnostics.isEmpty)
        let models = ModelFolders(roots: [folder.path + "/root"], extra: paths)
        #expect(try models.path(of: "a.safetensors", kind: "checkpoints") == folder.path + "/first/a.safetensors")
        #expect(models.names(of: "checkpoints") == ["a.safetensors", "b.ckpt"])
    }

    @Test("a file that isn't settings is told with its place")
    func refusals() throws {
        var paths = ExtraModelPaths()
        #expect(throws: NodeError.self) { try paths.add(contentsOf: folder.path + "/none.yaml") }
        paths.add(text: "mine:\n  checkpoints: {a: b}\n", path: "/x.yaml")
        #expect(paths.diagnostics.first?.description.hasPrefix("/x.yaml:2:16: error: ") == true, "\(paths.diagnostics)")
    }
}
