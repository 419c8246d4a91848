import Checkpoints
import Diffusion
import Files
import Foundation
import GoldenSupport
import Pictures
import Problems
import Tensors
import Testing

@testable import Nodes
@testable import WorkflowEngine

/// Whichever write of a result fails: nothing is left that is only a part, and the message says what happened.
@Suite("Writes of results that fail") struct OutputFaultTests {
    private let place: TemporaryFolder
    private let models: ModelFolders

    init() throws {
        place = try TemporaryFolder()
        try RecipeModels.make("sd1-mini")
        models = ModelFolders(roots: [RecipeModels.modelsFolder.path])
    }

    /// Runs a saving node with its first write failing, then its second, and so on, until none fails.
    ///
    /// - Parameter check: looks at a file that is there afterwards.
    private func failEvery(
        _ node: some Node, _ inputs: [(String, any WorkflowValue)], files: Int, check: (String) throws -> Void
    ) throws {
        for count in 0..<1000 {
            let output = place.path + "/\(count)"
            let services = NodeServices(models: models, input: place.path, output: output, temporary: place.path)
            var values = NodeInputs()
            for (name, value) in inputs { values.set(name, to: [value]) }
            values.set("filename_prefix", to: ["sub/a"])
            WriteFaults.begin(after: count, below: output)
            var caught: (any Error)?
            do {
                _ = try NodeAdaptor(node: node, services: services, fileInputs: []).run(values, in: RunContext(node: "1", type: "Test"))
            } catch { caught = error }
            let isHit = WriteFaults.end(below: output)
            let left = FileManager.default.enumerator(atPath: output)?.compactMap { $0 as? String }.filter { $0 != "sub" } ?? []
            for name in left {
                #expect(!name.hasSuffix(".part"), "\(count): \(name)")
                #expect(throws: Never.self, "\(count): \(name)") { try check(output + "/" + name) }
            }
            guard isHit else {
                #expect(caught == nil && left.count == files && count >= 4, "\(count)")
                return
            }
            let error = try #require(caught, "write \(count) failed, and nobody said so")
            #expect("\(error)".contains("No space left"), "\(error)")
            #expect(RunFailureTests.report(error).exitCode == 1, "\(error)")
            #expect(left.count < files, "\(count)")
        }
        Issue.record("every one of a thousand writes failed")
    }

    @Test("pictures of a batch")
    func pictures() throws {
        let image = Image(Tensor(repeating: 0.5, shape: [3, 40, 30, 3]))
        try failEvery(SaveImage(), [("images", image)], files: 3) { path in
            let picture = try Picture.read(path)
            #expect(picture.image.width == 30 && picture.image.height == 40)
        }
    }

    @Test("a latent")
    func latent() throws {
        try failEvery(SaveLatent(), [("samples", Latent(samples: .zeros([1, 4, 8, 8])))], files: 1) { path in
            let samples = try SafetensorsFile(path: path).tensor(named: "latent_tensor")
            #expect(samples.shape == [1, 4, 8, 8])
        }
    }

    @Test("a model")
    func model() throws {
        let services = NodeServices(models: models, input: place.path, output: place.path + "/none", temporary: place.path)
        var names = NodeInputs()
        names.set("ckpt_name", to: ["sd1-mini.safetensors"])
        let loaded = try NodeAdaptor(node: CheckpointLoaderSimple(), services: services, fileInputs: [])
            .run(names, in: RunContext(node: "1", type: "Test"))
        guard case .value(let vae) = loaded.values[2] else {
            Issue.record("no VAE")
            return
        }
        try failEvery(VAESave(), [("vae", vae)], files: 1) { path in
            let file = try SafetensorsFile(path: path)
            for name in file.directory.keys { _ = try file.tensor(named: name) }
        }
    }
}
