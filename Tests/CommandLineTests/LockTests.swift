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

    @Test("every kind of difference is named, with what brings the locked state back")
    func differences() throws {
        let program = try Program()
        let models = program.folder.path + "/models"
        for (kind, name) in [
            ("checkpoints", "tiny-sd1.safetensors"), ("embeddings", "tiny-cottage.safetensors"), ("loras", "tiny-sepia.safetensors"),
        ] {
            try FileManager.default.createDirectory(atPath: "\(models)/\(kind)", withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: Program.project.appending(path: "Workflows/models/\(kind)/\(name)").path, toPath: "\(models)/\(kind)/\(name)")
        }
        func flow(_ patched: String) -> String {
            """
            nodes:
              base: {type: LoadCheckpoint, ckpt_name: tiny-sd1.safetensors}
              patched: \(patched)
              text: {type: CLIPEncode, clip: base, text: "embedding:tiny-cottage by a lake"}
              canvas: {type: EmptyLatentImage, width: 64, height: 64}
              sampled: {type: KSampler, model: patched, positive: text, negative: text, latent_image: canvas, seed: 1, steps: 1, cfg: 1}
              picture: {type: VAEDecode, samples: sampled, vae: base}
              saved: {type: SaveImage, images: picture, filename_prefix: a}
            """
        }
        try program.write("flow.yaml", flow("{type: RescaleCFG, model: base, multiplier: 0.5}"))
        #expect(try program.run("lock", "flow.yaml").status == 0)
        let lock = program.folder.path + "/flow.yaml.lock"
        let text = try String(contentsOfFile: lock, encoding: .utf8)
        #expect(text.contains("tiny-cottage.safetensors"))
        #expect(try program.run("run", "flow.yaml", "--locked").status == 0)

        func message() throws -> String {
            let outcome = try program.run("run", "flow.yaml", "--locked")
            #expect(outcome.status == 2, "\(outcome.error)")
            #expect(outcome.error.contains("hint: darkroom lock flow.yaml accepts the present state"))
            return outcome.error
        }
        // Versions of a node and of the program.
        try text.replacing("\"RescaleCFG\" : 1", with: "\"RescaleCFG\" : 9").replacing("\"program\" : \"", with: "\"program\" : \"0.0.7-")
            .write(toFile: lock, atomically: true, encoding: .utf8)
        let versions = try message()
        #expect(versions.contains("RescaleCFG is at version 1, locked was 9"), "\(versions)")
        #expect(versions.contains("locked was 0.0.7-") && versions.contains("the same bits"), "\(versions)")
        try text.write(toFile: lock, atomically: true, encoding: .utf8)
        // A model and a node that weren't there.
        try program.write(
            "flow.yaml", flow("{type: LoraLoaderModelOnly, model: base, lora_name: tiny-sepia.safetensors, strength_model: 1}"))
        let unlisted = try message()
        #expect(unlisted.contains("loras/tiny-sepia.safetensors isn't in the lock"), "\(unlisted)")
        #expect(unlisted.contains("a node of type LoraLoaderModelOnly isn't in the lock"), "\(unlisted)")
        // Another content, also of what only a prompt names.
        try program.write("flow.yaml", flow("{type: RescaleCFG, model: base, multiplier: 0.5}"))
        try Data("other".utf8).write(to: URL(fileURLWithPath: models + "/embeddings/tiny-cottage.safetensors"))
        let replaced = try message()
        #expect(
            replaced.contains("embeddings/tiny-cottage.safetensors has another content")
                && replaced.contains("put the file with the SHA-256"), "\(replaced)")
    }
}
